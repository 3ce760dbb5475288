/** Decodes image files to grey pixels. */
import sharp from "sharp";
import type { GreyImage, ImageRecord } from "../types";
import { requireRegularFile } from "../util/regular-file";

/** A grey image that was decoded from a file. */
export interface DecodedImage extends GreyImage {
  /**
   * Frames of an animation or pages of a TIFF, of which the first was decoded; 1 for other images.
   */
  readonly frames: number;
}

/**
 * Pixels of an image's longer side. A larger image is not decoded: a file of a few bytes can claim
 * more pixels than fit into memory, and the network's square input is cut from a square of this
 * side. X-ray images have about 6000.
 */
export const MAX_SIDE = 8192;

/** The formats that are decoded, as sharp names them. */
const FORMATS = ["jpeg", "png", "tiff", "webp"];

/** Kinds of numbers, as sharp names them, that are scaled to 8 bits. */
const DEPTHS = ["uchar", "ushort"];

/**
 * Decodes a JPEG, PNG, TIFF or WebP image to grey: rotated as its EXIF says, transparent pixels on
 * black, color as luminance, 16 bits scaled to 8. Of several frames or pages it takes the first.
 * @param file path, or the bytes of the file
 * @param failOn `warning` also refuses an image whose decoder gave a warning
 * @throws when the file is damaged, of another format (whatever its name says), or larger than
 * 8192 pixels a side; the message does not name the file
 * @example
 * const { pixels, width, height } = await decodeImage("../data/sample/images/test/026_130.jpg");
 */
export async function decodeImage(
  file: string | Buffer,
  failOn: "truncated" | "warning" = "truncated",
): Promise<DecodedImage> {
  if (typeof file === "string") requireRegularFile(file);
  const {
    format,
    width,
    height,
    depth,
    pages = 1,
  } = await sharp(file, { limitInputPixels: false }).metadata();
  if (!FORMATS.includes(format))
    throw new Error(`its content is ${format}, and only JPEG, PNG, TIFF and WebP are read`);
  if (Math.max(width, height) > MAX_SIDE)
    throw new Error(`it has ${width} x ${height} pixels, and at most ${MAX_SIDE} a side are read`);
  if (!DEPTHS.includes(depth))
    throw new Error(
      "its values are signed, of 32 bits or floating-point: save it with 8 or 16 bits",
    );
  const upright = sharp(file, { failOn, limitInputPixels: MAX_SIDE ** 2 })
    .rotate()
    .flatten({ background: "black" });
  const { data, info } = await upright
    .toColourspace("b-w")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { pixels, width: info.width, height: info.height, frames: pages };
}

/**
 * Decodes an image of a data set. Everything that needs the pixels of an `ImageRecord` calls this
 * function, because an image is not always a file of its own: it may be a slice of a scan.
 * @throws when it cannot be decoded; the message names the file
 */
export async function decodeRecord({ path, decode }: ImageRecord): Promise<GreyImage> {
  return withName(path, decode ?? (() => decodeImage(path)));
}

/**
 * Decodes an image file, or its bytes.
 * @throws when it cannot be decoded; the message names the file
 */
export async function decodeNamed(file: string | Buffer): Promise<GreyImage> {
  return withName(typeof file === "string" ? file : "image", () => decodeImage(file));
}

async function withName(name: string, decode: () => Promise<GreyImage>): Promise<GreyImage> {
  try {
    return await decode();
  } catch (error) {
    throw new Error(`${name}: cannot be decoded: ${(error as Error).message}`, { cause: error });
  }
}
