/** Image files to grey pixels. */
import sharp from "sharp";

/** Row by row, 8 bits a pixel. */
export interface GreyImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes a JPEG, PNG, TIFF or WebP file, or its bytes: turned upright as its EXIF says, transparency on black, color to luminance,
 * the whole range of 16 bits to 8. Throws sharp's reason when the file is damaged or of another kind.
 */
export async function decodeImage(file: string | Buffer): Promise<GreyImage> {
  const upright = sharp(file, { failOn: "truncated" }).rotate().flatten({ background: "black" });
  const { data, info } = await upright
    .toColourspace("b-w")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data.buffer, data.byteOffset, data.length), width: info.width, height: info.height };
}

/** Width and height of an image file after its EXIF rotation, from its head alone. */
export async function imageSize(file: string | Buffer): Promise<{ width: number; height: number }> {
  const { width, height, orientation = 1 } = await sharp(file).metadata();
  // Orientations 5 to 8 lie on their side.
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
