/** Image files to grey pixels. */
import sharp from "sharp";

/** Row by row, 8 bits a pixel. */
export interface GreyImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface DecodedImage extends GreyImage {
  /**
   * Frames of an animation or pages of a TIFF, of which the first was decoded; 1 for other images.
   */
  readonly frames: number;
}

/**
 * Pixels of an image's longer side: more is not decoded, as a few bytes can claim enough to fill
 * the memory, and the network's square input is cut from a square of this side. Even X-ray images
 * have 6,000.
 */
export const MOST_SIDE = 8192;

/** What the endings of images that are read stand for. */
const KINDS = ["jpeg", "png", "tiff", "webp"];

/**
 * Decodes a JPEG, PNG, TIFF or WebP file, or its bytes: turned upright as its EXIF says,
 * transparency on black, color to luminance, the whole range of 16 bits to 8; of several frames or
 * pages the first. Throws the reason when the file is damaged, of another kind, whatever its name
 * says, or larger than MOST_SIDE.
 * @param failOn `warning` also refuses what a decoder only remarks upon
 */
export async function decodeImage(
  file: string | Buffer,
  failOn: "truncated" | "warning" = "truncated",
): Promise<DecodedImage> {
  const {
    format,
    width,
    height,
    pages = 1,
  } = await sharp(file, { limitInputPixels: false }).metadata();
  if (!KINDS.includes(format))
    throw new Error(`it is ${format} inside, and only JPEG, PNG, TIFF and WebP are read`);
  if (Math.max(width, height) > MOST_SIDE)
    throw new Error(`it has ${width} x ${height} pixels, and at most ${MOST_SIDE} a side are read`);
  const upright = sharp(file, { failOn, limitInputPixels: MOST_SIDE ** 2 })
    .rotate()
    .flatten({ background: "black" });
  const { data, info } = await upright
    .toColourspace("b-w")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { pixels, width: info.width, height: info.height, frames: pages };
}

/** Width and height of an image file after its EXIF rotation, from its head alone. */
export async function imageSize(file: string | Buffer): Promise<{ width: number; height: number }> {
  const { width, height, orientation = 1 } = await sharp(file).metadata();
  // Orientations 5 to 8 lie on their side.
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
