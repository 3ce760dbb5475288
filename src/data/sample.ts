/** From an image to the network's input: decode, crop to the head, scale into a square. */
import sharp from "sharp";
import type { DataConfig } from "../config/index";
import type { GreyImage, ImageBox, ImageRecord, Letterbox, Sample } from "../types";
import { headSquare } from "./crop-to-head";
import { decodeNamed, decodeRecord } from "./image";
import { computeLetterbox, toNetwork } from "./letterbox";

/**
 * When libvips enlarges an image, it moves the content right and down by this many pixels, with
 * every kernel. When it reduces an image, nothing moves. Boxes are moved by the same distance.
 */
export const ENLARGING_SHIFT = 0.5;

/** An image at the network's input size, without ground truth. */
export interface NetworkImage {
  /** `[size, size]` grey values from 0 to 255, row by row. */
  readonly pixels: Uint8Array;
  readonly letterbox: Letterbox;
  /** Size of the original image in pixels, after its EXIF rotation. */
  readonly width: number;
  readonly height: number;
}

/**
 * Loads an image of a data set, with its boxes in pixels of the network's input.
 * @throws when it cannot be decoded; the message names the file
 * @example
 * const sample = await loadSample(dataset.images[0], presets.default.data);
 * sample.boxes; // [[x1, y1, x2, y2], …]
 */
export async function loadSample(record: ImageRecord, config: DataConfig): Promise<Sample> {
  const { pixels, letterbox } = await toNetworkImage(await decodeRecord(record), config);
  return {
    record,
    pixels,
    letterbox,
    boxes: record.annotations.map(({ box }) => toNetwork(box, letterbox)),
    classIds: record.annotations.map(({ classId }) => classId),
  };
}

/**
 * Loads an image of a data set at the network's input size, without its ground truth.
 * @throws when it cannot be decoded; the message names the file
 */
export async function loadRecordImage(
  record: ImageRecord,
  config: DataConfig,
): Promise<NetworkImage> {
  return toNetworkImage(await decodeRecord(record), config);
}

/**
 * Loads an image file at the network's input size.
 * @param file path, or the bytes of the file
 * @throws when it cannot be decoded; the message names the file
 * @example
 * const { pixels } = await loadNetworkImage("slice.png", presets.default.data);
 */
export async function loadNetworkImage(
  file: string | Buffer,
  config: DataConfig,
): Promise<NetworkImage> {
  return toNetworkImage(await decodeNamed(file), config);
}

/**
 * Crops an image to the head, if the configuration says so, and scales it to the network's size.
 */
export async function toNetworkImage(image: GreyImage, config: DataConfig): Promise<NetworkImage> {
  const { width, height } = image;
  const crop: ImageBox = config.cropToHead
    ? headSquare(image, config.cropToHead)
    : [0, 0, width, height];
  const { pixels, letterbox } = await scaleCrop(image, crop, config.imageSize);
  return { pixels, letterbox, width, height };
}

/**
 * Widens a crop to a square of whole pixels, and scales it to the network's size with the scale of
 * the letterbox. Pixels outside the image are black.
 */
async function scaleCrop(
  image: GreyImage,
  crop: ImageBox,
  size: number,
): Promise<{ pixels: Uint8Array; letterbox: Letterbox }> {
  const side = Math.ceil(Math.max(crop[2] - crop[0], crop[3] - crop[1]));
  const left = Math.round((crop[0] + crop[2] - side) / 2);
  const top = Math.round((crop[1] + crop[3] - side) / 2);
  const square = cutSquare(image, { left, top, side });
  const pixels = await sharp(square, { raw: { width: side, height: side, channels: 1 } })
    .resize(size, size, { fit: "fill", kernel: "lanczos3" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  const { scale, dx, dy } = computeLetterbox([left, top, left + side, top + side], size);
  const shift = side < size ? ENLARGING_SHIFT : 0;
  return {
    pixels: new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length),
    letterbox: { scale, dx: dx + shift, dy: dy + shift, size },
  };
}

/** `[side, side]` pixels of an image; 0 where the square reaches beyond the image. */
function cutSquare(
  { pixels, width, height }: GreyImage,
  { left, top, side }: { readonly left: number; readonly top: number; readonly side: number },
): Uint8Array {
  const square = new Uint8Array(side * side);
  const from = Math.max(0, left);
  const to = Math.min(width, left + side);
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++)
    square.set(pixels.subarray(y * width + from, y * width + to), (y - top) * side + from - left);
  return square;
}
