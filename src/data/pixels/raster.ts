/** How the numbers of an image become bytes. */
import type { ColorImage, GreyImage, Raster, ValueRange } from "../../types";
import { toGrey } from "../volumes/grey-window";
import { percentileRange } from "./value-range";

/**
 * An image of bytes from a raster. The range does not change bytes.
 * @param range the values that become black and white; by default the range of this image
 */
export function imageOf(raster: Raster, range?: ValueRange | null): GreyImage | ColorImage {
  const { values, width, height, channels } = raster;
  const pixels = values instanceof Uint8Array ? values : toBytes(values, range);
  return channels === 1 ? { pixels, width, height } : { pixels, width, height, channels };
}

function toBytes(values: Float32Array, range?: ValueRange | null): Uint8Array {
  const [black, white] = range ?? percentileRange(values);
  const window = { level: (black + white) / 2, width: white - black };
  return toGrey(values, { ...window, shape: "linear", source: "given" });
}

/** Grey pixels or a raster as a raster. */
export function rasterOf(image: GreyImage | Raster): Raster {
  return "values" in image ? image : { ...image, values: image.pixels, channels: 1 };
}

/** A raster with the channels that are asked for. */
export function withChannels(raster: Raster, channels: "grey" | "rgb" = "grey"): Raster {
  const count = channels === "grey" ? 1 : 3;
  if (raster.channels === count) return raster;
  const { values, width, height } = raster;
  const size = count * width * height;
  const changed = values instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  if (count === 3) changed.forEach((_, i) => (changed[i] = values[Math.floor(i / 3)]));
  else changed.forEach((_, i) => (changed[i] = luminance(values, 3 * i)));
  return { values: changed, width, height, channels: count };
}

/** The luminance of a pixel (ITU-R BT.709). */
function luminance(values: Raster["values"], first: number): number {
  return 0.2126 * values[first] + 0.7152 * values[first + 1] + 0.0722 * values[first + 2];
}
