/** Pixels as small pictures inside a figure. */
import sharp from "sharp";
import { decodeImage } from "../data/image";
import type { tf } from "../tensor/tensorflow";
import type { Box } from "../types";

/**
 * A picture in a figure. Width and height are the coordinates boxes are in; the file inside may
 * have fewer pixels.
 */
export interface Picture {
  /** A JPEG file as a data URI. */
  readonly source: string;
  readonly width: number;
  readonly height: number;
  /**
   * Where its upper left corner lies in those coordinates; 0, 0 unless it was cut out of a larger
   * picture.
   */
  readonly left?: number;
  readonly top?: number;
}

/** Pixels of the longer side of pictures that are shown several in a row. */
export const GRID_SIDE = 200;

export interface GreyPixels {
  /** Row by row, 8 bits each. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * High enough that no block shows, low enough for a notebook with many pictures to stay under 2
 * MB.
 */
const JPEG_QUALITY = 75;
/** Longer sides are scaled down to this. */
const MAX_SIDE = 320;

/** @param maxSide pixels of the longer side, at most, of the file inside the figure */
export async function pictureFromPixels(
  { pixels, width, height }: GreyPixels,
  maxSide = MAX_SIDE,
): Promise<Picture> {
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 1 } })
    .resize(maxSide, maxSide, { fit: "inside", withoutEnlargement: true })
    .toColourspace("b-w")
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
  return {
    source: `data:image/jpeg;base64,${jpeg.toString("base64")}`,
    width,
    height,
  };
}

/**
 * Decodes an image file, upright, as training does. Throws sharp's reason when it cannot be read.
 */
export async function pictureFromFile(file: string | Buffer, maxSide = MAX_SIDE): Promise<Picture> {
  return pictureFromPixels(await decodeImage(file), maxSide);
}

/**
 * The part of an image file that a view shows, in the coordinates of the whole: few bytes where a
 * figure looks closely. Throws as `decodeImage` does.
 */
export async function pictureOfView(
  file: string | Buffer,
  view: Box,
  maxSide = GRID_SIDE,
): Promise<Picture> {
  const { pixels, width, height } = await decodeImage(file);
  const left = Math.min(width - 1, Math.max(0, Math.floor(view[0])));
  const top = Math.min(height - 1, Math.max(0, Math.floor(view[1])));
  const right = Math.max(left + 1, Math.min(width, Math.ceil(view[2])));
  const bottom = Math.max(top + 1, Math.min(height, Math.ceil(view[3])));
  const columns = right - left;
  const cut = new Uint8Array(columns * (bottom - top));
  for (let y = top; y < bottom; y++)
    cut.set(pixels.subarray(y * width + left, y * width + right), (y - top) * columns);
  return {
    ...(await pictureFromPixels({ pixels: cut, width: columns, height: bottom - top }, maxSide)),
    left,
    top,
  };
}

/**
 * The pictures of a batch `[N, S, S, 3]`, 0 to 255, of which the first channel is shown. The
 * tensor is left to its owner.
 */
export async function picturesFromTensor(
  images: tf.Tensor4D,
  maxSide = MAX_SIDE,
): Promise<Picture[]> {
  const [count, height, width, channels] = images.shape;
  const values = await images.data<"float32">();
  return Promise.all(
    Array.from({ length: count }, (_, n) => {
      const first = n * height * width * channels;
      const pixels = Uint8Array.from({ length: height * width }, (_, i) =>
        Math.round(values[first + i * channels]),
      );
      return pictureFromPixels({ pixels, width, height }, maxSide);
    }),
  );
}
