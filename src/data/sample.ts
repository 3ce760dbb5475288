/** From an image file to what the network sees: decode, crop to the head, scale into the square input. */
import sharp from "sharp";
import type { DataConfig } from "../config";
import type { Box, ImageRecord, Letterbox, Sample } from "../types";
import { foregroundSquare } from "./foreground";
import { decodeImage, GreyImage } from "./image";
import { computeLetterbox, toNetwork } from "./letterbox";

/** An image at the network's size without any truth. */
export interface NetworkImage {
  /** `[size, size]` grey values. */
  readonly pixels: Uint8Array;
  readonly letterbox: Letterbox;
  /** Pixels of the original image, upright. */
  readonly width: number;
  readonly height: number;
}

/** Loads an image of a data set with its boxes in pixels of the network's input. Throws, naming the file, when it cannot be decoded. */
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

/** Loads an image file, or its bytes, at the network's size. Throws, naming the file, when it cannot be decoded. */
export async function loadNetworkImage(file: string | Buffer, config: DataConfig): Promise<NetworkImage> {
  let image: GreyImage;
  try {
    image = await decodeImage(file);
  } catch (error) {
    throw new Error(`${typeof file === "string" ? file : "image"}: cannot be decoded: ${(error as Error).message}`);
  }
  const whole: Box = [0, 0, image.width, image.height];
  const crop = config.foregroundCrop ? foregroundSquare(image, config.foregroundCrop) : whole;
  const { pixels, letterbox } = await fit(image, crop, config.imageSize);
  return { pixels, letterbox, width: image.width, height: image.height };
}

/** Scales the visible part of the crop and pads it to the square; the letterbox returned is exactly what was done, whole pixels and all. */
async function fit(image: GreyImage, crop: Box, size: number): Promise<{ pixels: Uint8Array; letterbox: Letterbox }> {
  const wanted = computeLetterbox(crop, size);
  const left = Math.max(0, Math.floor(crop[0]));
  const top = Math.max(0, Math.floor(crop[1]));
  const right = Math.min(image.width, Math.ceil(crop[2]));
  const bottom = Math.min(image.height, Math.ceil(crop[3]));
  const width = Math.max(1, Math.min(size, Math.round((right - left) * wanted.scale)));
  const height = Math.max(1, Math.min(size, Math.round((bottom - top) * wanted.scale)));
  const x = clamp(Math.round(left * wanted.scale + wanted.dx), size - width);
  const y = clamp(Math.round(top * wanted.scale + wanted.dy), size - height);
  const pixels = await sharp(image.pixels, { raw: { width: image.width, height: image.height, channels: 1 } })
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize(width, height, { fit: "fill", kernel: "lanczos3" })
    .extend({ left: x, top: y, right: size - x - width, bottom: size - y - height, background: "black" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  // Rounding to whole pixels moves each edge by at most half of one; boxes follow the mean scale about the visible part's middle.
  const { scale } = wanted;
  const letterbox = {
    scale,
    dx: x + width / 2 - ((left + right) / 2) * scale,
    dy: y + height / 2 - ((top + bottom) / 2) * scale,
    size,
  };
  return { pixels: new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length), letterbox };
}

function clamp(value: number, high: number): number {
  return Math.min(Math.max(value, 0), high);
}
