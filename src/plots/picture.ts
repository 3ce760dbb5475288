/** Pixels as small pictures inside a figure. */
import sharp from "sharp";
import { decodeToShow, greyIfEqual, type ImageSource } from "../data/image";
import type { tf } from "../tensor/tensorflow";
import type { ImageBox } from "../types";

/**
 * A picture in a figure. Width and height are in the frame of the boxes over it; the file inside
 * may have fewer pixels.
 */
export interface Picture {
  /** A JPEG file as a data URI. */
  readonly source: string;
  readonly width: number;
  readonly height: number;
  /**
   * The upper left corner in the frame of the boxes; 0 unless the picture is part of a larger one.
   */
  readonly left?: number;
  readonly top?: number;
}

/** The longer side in pixels of pictures that stand side by side. */
export const GRID_SIDE = 200;

/** A grey image or one in colors. */
export interface PicturePixels {
  /** `[height, width]` grey values or `[height, width, 3]` colors, from 0 to 255, row by row. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** No blocks are visible, and a notebook with many pictures stays below 2 MB. */
const JPEG_QUALITY = 75;
/** The longer side of the file inside a figure, in pixels. */
const MAX_SIDE = 320;

/**
 * A picture of pixels, in their own frame.
 * @param maxSide the longer side in pixels of the file inside the figure, at most
 */
export async function pictureFromPixels(
  { pixels, width, height }: PicturePixels,
  maxSide = MAX_SIDE,
): Promise<Picture> {
  const channels = pixels.length === width * height ? 1 : 3;
  const jpeg = await sharp(pixels, { raw: { width, height, channels } })
    .resize(maxSide, maxSide, { fit: "inside", withoutEnlargement: true })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
  return {
    source: `data:image/jpeg;base64,${jpeg.toString("base64")}`,
    width,
    height,
  };
}

/**
 * A picture of an image of a data set, in the frame of the original image after its EXIF rotation.
 * @param maxSide the longer side in pixels of the file inside the figure, at most
 * @throws when the image cannot be decoded; the message names the file
 */
export async function pictureOfRecord(record: ImageSource, maxSide = MAX_SIDE): Promise<Picture> {
  return pictureFromPixels(await decodeToShow(record), maxSide);
}

/**
 * A picture of a part of an image, in the frame of the original image. Its file is small even
 * where the image is large.
 * @param view the part; clipped to the image
 * @throws when the image cannot be decoded; the message names the file
 */
export async function pictureOfView(
  record: ImageSource,
  view: ImageBox,
  maxSide = GRID_SIDE,
): Promise<Picture> {
  const { pixels, width, height } = await decodeToShow(record);
  const channels = pixels.length / (width * height);
  const left = Math.min(width - 1, Math.max(0, Math.floor(view[0])));
  const top = Math.min(height - 1, Math.max(0, Math.floor(view[1])));
  const right = Math.max(left + 1, Math.min(width, Math.ceil(view[2])));
  const bottom = Math.max(top + 1, Math.min(height, Math.ceil(view[3])));
  const columns = right - left;
  const part = new Uint8Array(columns * (bottom - top) * channels);
  for (let y = top; y < bottom; y++)
    part.set(
      pixels.subarray((y * width + left) * channels, (y * width + right) * channels),
      (y - top) * columns * channels,
    );
  const picture = await pictureFromPixels(
    { pixels: part, width: columns, height: bottom - top },
    maxSide,
  );
  return { ...picture, left, top };
}

/**
 * The pictures of a batch, in the frame of the network's input.
 * @param images `[N, S, S, 3]`, 0 to 255; grey where the channels are equal. The caller disposes
 * it.
 */
export async function picturesFromTensor(
  images: tf.Tensor4D,
  maxSide = MAX_SIDE,
): Promise<Picture[]> {
  const [count, height, width, channels] = images.shape;
  const values = await images.data<"float32">();
  return Promise.all(
    Array.from({ length: count }, (_, n) => {
      const size = height * width * channels;
      const pixels = Uint8Array.from(values.subarray(n * size, (n + 1) * size), Math.round);
      return pictureFromPixels(greyIfEqual({ pixels, width, height, channels: 3 }), maxSide);
    }),
  );
}
