/**
 * From an image file to what the network sees: decode, crop to the head, scale into the square
 * input.
 */
import sharp from "sharp";
import type { DataConfig } from "../config/index";
import type { Box, ImageRecord, Letterbox, Sample } from "../types";
import { headSquare } from "./crop-to-head";
import { decodeImage, GreyImage } from "./image";
import { computeLetterbox, toNetwork } from "./letterbox";

/**
 * Pixels by which libvips, whatever its kernel, moves an image right and down when it enlarges it
 * (not when it reduces it): boxes go along.
 */
export const ENLARGING_SHIFT = 0.5;

/** An image at the network's size without any truth. */
export interface NetworkImage {
  /** `[size, size]` grey values. */
  readonly pixels: Uint8Array;
  readonly letterbox: Letterbox;
  /** Pixels of the original image, upright. */
  readonly width: number;
  readonly height: number;
}

/**
 * Loads an image of a data set with its boxes in pixels of the network's input. Throws, naming the
 * file, when it cannot be decoded.
 */
export async function loadSample(record: ImageRecord, config: DataConfig): Promise<Sample> {
  const { pixels, letterbox } = await loadNetworkImage(record.path, config);
  return {
    record,
    pixels,
    letterbox,
    boxes: record.annotations.map(({ box }) => toNetwork(box, letterbox)),
    classIds: record.annotations.map(({ classId }) => classId),
  };
}

/**
 * Loads an image file, or its bytes, at the network's size. Throws, naming the file, when it
 * cannot be decoded.
 */
export async function loadNetworkImage(
  file: string | Buffer,
  config: DataConfig,
): Promise<NetworkImage> {
  let image: GreyImage;
  try {
    image = await decodeImage(file);
  } catch (error) {
    throw new Error(
      `${typeof file === "string" ? file : "image"}: cannot be decoded: ${(error as Error).message}`,
    );
  }
  const whole: Box = [0, 0, image.width, image.height];
  const crop = config.cropToHead ? headSquare(image, config.cropToHead) : whole;
  const { pixels, letterbox } = await fit(image, crop, config.imageSize);
  return { pixels, letterbox, width: image.width, height: image.height };
}

/**
 * Scales the crop, widened to a square of whole pixels, to the network's size: one scale, exactly
 * the letterbox's. Black outside the image.
 */
async function fit(
  image: GreyImage,
  crop: Box,
  size: number,
): Promise<{ pixels: Uint8Array; letterbox: Letterbox }> {
  const side = Math.ceil(Math.max(crop[2] - crop[0], crop[3] - crop[1]));
  const left = Math.round((crop[0] + crop[2] - side) / 2);
  const top = Math.round((crop[1] + crop[3] - side) / 2);
  const square = cut(image, left, top, side);
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

/** A square of an image's pixels; 0 where it reaches beyond the image. */
function cut(
  { pixels, width, height }: GreyImage,
  left: number,
  top: number,
  side: number,
): Uint8Array {
  const square = new Uint8Array(side * side);
  const from = Math.max(0, left);
  const to = Math.min(width, left + side);
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++)
    square.set(pixels.subarray(y * width + from, y * width + to), (y - top) * side + from - left);
  return square;
}
