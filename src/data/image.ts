/** Decodes image files to grey pixels or colors. */
import type { DataConfig } from "../config/index";
import type { ColorImage, GreyImage, ImageRecord, ValueRange } from "../types";
import { throwIfStopped } from "../util/running-cell";
import { noSequences, plainChannels, sequencesOf } from "./channels";
import { imageOf, rasterOf, withChannels } from "./pixels/raster";
import { readRaster } from "./pixels/read-raster";

export { MAX_SIDE } from "./pixels/max-side";

/** A grey image that was decoded from a file. */
export interface DecodedImage extends GreyImage {
  /**
   * Frames of an animation or pages of a TIFF, of which the first was decoded; 1 for other images.
   */
  readonly frames: number;
}

/** What decoding an image of a data set needs. */
export type ImageSource = Pick<ImageRecord, "path" | "decode" | "valueRange">;

/** How the numbers of a file become an image. */
export type PixelOptions = Partial<Pick<DataConfig, "channels" | "valueRange" | "scanPercentiles">>;

/**
 * Decodes a JPEG, PNG, TIFF, WebP, GIF, BMP or JPEG 2000 image to grey: rotated as its EXIF says,
 * transparent pixels on black, color as luminance. Numbers of more than 8 bits are scaled: the
 * range becomes black to white. Of several frames or pages it takes the first.
 * @param file path, or the bytes of the file
 * @param valueRange by default the range of this image: from its 0.1 to its 99.9 percentile
 * @throws when the file is damaged, of another format (whatever its name says), or larger than
 * 8192 pixels a side; the message does not name the file
 * @example
 * const { pixels, width, height } = await decodeImage("../data/sample/images/test/026_130.jpg");
 */
export async function decodeImage(
  file: string | Buffer,
  valueRange?: ValueRange | null,
): Promise<DecodedImage> {
  const { frames, ...raster } = await readRaster(file);
  return { ...imageOf(raster, valueRange), frames };
}

/**
 * Decodes an image of a data set. Everything that needs the pixels of an `ImageRecord` calls this
 * function, because an image is not always a file of its own: it may be a slice of a scan.
 * @param options grey by default, scaled by the range of the data set
 * @throws when it cannot be decoded, or lacks a sequence that is a channel; the message names the
 * file. Also when the cell was stopped.
 */
export async function decodeRecord(
  { path, decode, valueRange }: ImageSource,
  options: PixelOptions = {},
): Promise<GreyImage | ColorImage> {
  throwIfStopped();
  const range = options.valueRange ?? valueRange;
  return withName(path, async () => {
    const { channels, scanPercentiles: percentiles } = options;
    if (!decode)
      return imageOf(await readRaster(path, { channels: plainChannels(channels) }), range);
    const sequences = sequencesOf(channels);
    const raster = rasterOf(await decode({ sequences, percentiles }));
    if (!sequences) return imageOf(withChannels(raster, plainChannels(channels)), range);
    if (raster.channels !== 3) throw new Error(noSequences(sequences));
    return imageOf(raster, range);
  });
}

/**
 * Decodes an image file, or its bytes.
 * @param options grey by default, scaled by the range of the image
 * @throws when it cannot be decoded; the message names the file
 */
export async function decodeNamed(
  file: string | Buffer,
  options: PixelOptions = {},
): Promise<GreyImage | ColorImage> {
  return withName(typeof file === "string" ? file : "image", async () =>
    imageOf(
      await readRaster(file, { channels: plainChannels(options.channels) }),
      options.valueRange,
    ),
  );
}

/**
 * Decodes an image of a data set for people to look at: in its colors if it has any, and else grey.
 * @throws when it cannot be decoded; the message names the file
 */
export async function decodeToShow(record: ImageSource): Promise<GreyImage | ColorImage> {
  const image = await decodeRecord(record, { channels: "rgb" });
  return greyIfEqual(image);
}

/** An image whose three channels are equal as a grey image. */
export function greyIfEqual(image: GreyImage | ColorImage): GreyImage | ColorImage {
  const { pixels, width, height } = image;
  const channels = channelsOf(image);
  if (!pixels.every((value, i) => value === pixels[i - (i % channels)])) return image;
  const grey = new Uint8Array(width * height).map((_, i) => pixels[i * channels]);
  return { pixels: grey, width, height };
}

/** Number of channels of an image. */
export function channelsOf(image: GreyImage | ColorImage): 1 | 3 {
  return "channels" in image ? image.channels : 1;
}

async function withName<T>(name: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    // The decoder of TIFF repeats its message for each row.
    const [reason] = (error as Error).message.split("\n");
    throw new Error(`${name}: cannot be decoded: ${reason}`, { cause: error });
  }
}
