/** Decodes an image of a data set to its end, and reports what is wrong with it. */
import type { Fingerprint, Raster, ValueRange } from "../types";
import type { Problem } from "./checks";
import { fingerprintOf } from "./fingerprint";
import type { ListedImage } from "./formats/format";
import { imageOf, rasterOf, withChannels } from "./pixels/raster";
import { MAX_IMAGE_BYTES, type FileRaster, readRaster } from "./pixels/read-raster";
import { blankMessage, isNearlyBlank, percentileRange } from "./pixels/value-range";
import { readBytes } from "./read-file";

/** An image that was decoded. */
export interface CheckedImage {
  /** Size in pixels, after the EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly fingerprint: Fingerprint;
  /** The range of its values; null for an image of 8 bits. */
  readonly valueRange: ValueRange | null;
}

/** What the check of an image gives. */
export interface ImageCheck {
  /** Null if the image cannot be decoded; the reason is then one of the problems. */
  readonly image: CheckedImage | null;
  readonly problems: readonly Omit<Problem, "file">[];
}

/** Decodes all pixels of an image. */
export async function checkImage({
  path,
  decode,
}: Pick<ListedImage, "path" | "decode">): Promise<ImageCheck> {
  const problems: Omit<Problem, "file">[] = [];
  try {
    const remark = (message: string) => problems.push({ severity: "warning", message });
    if (decode) return { image: checked(rasterOf(await decode()), remark), problems };
    const bytes = await readBytes(path, MAX_IMAGE_BYTES);
    return { image: checked(await decodeWithRemarks(bytes, remark), remark), problems };
  } catch (error) {
    const message = `the image cannot be read (${firstLine(error)}): replace or remove it`;
    return { image: null, problems: [...problems, { severity: "error", message }] };
  }
}

/**
 * Decodes an image, and calls `remark` with what is doubtful about it.
 * @throws as `readRaster` does
 */
async function decodeWithRemarks(
  bytes: Buffer,
  remark: (message: string) => void,
): Promise<FileRaster> {
  const image = await readRaster(bytes, { failOn: "warning" }).catch(async (error) => {
    const decoded = await readRaster(bytes);
    remark(
      `the image can be read, but its decoder gave a warning (${firstLine(error)}): look at it, and replace it if it is damaged`,
    );
    return decoded;
  });
  if (image.frames > 1)
    remark(
      `it has ${image.frames} frames or pages, and only the first is read: save each one as an image file`,
    );
  return image;
}

/**
 * An image with the range of its values. `remark` is called if an image of 8 bits is nearly blank;
 * for the others that depends on the range of their data set.
 */
function checked(raster: Raster, remark: (message: string) => void): CheckedImage {
  const { values, width, height } = raster;
  const range = percentileRange(values);
  const isDeep = values instanceof Float32Array;
  if (!isDeep && isNearlyBlank(range)) remark(blankMessage(range));
  const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const fingerprint = fingerprintOf(imageOf(withChannels(raster), range), content);
  return { width, height, fingerprint, valueRange: isDeep ? range : null };
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0];
}
