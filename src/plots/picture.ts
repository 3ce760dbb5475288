/** Pixels as small pictures inside a figure. */
import sharp from "sharp";
import { decodeImage } from "../data/image";
import type { tf } from "../tensorflow";

/** A picture in a figure. Width and height are the coordinates boxes are in; the file inside may have fewer pixels. */
export interface Picture {
  /** A JPEG file as a data URI. */
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

export interface GreyPixels {
  /** Row by row, 8 bits each. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** High enough that no block shows, low enough for a notebook with many pictures to stay under 2 MB. */
const JPEG_QUALITY = 80;
/** Longer sides are scaled down to this. */
const MAX_SIDE = 320;

/** @param maxSide pixels of the longer side, at most, of the file inside the figure */
export async function pictureFromPixels({ pixels, width, height }: GreyPixels, maxSide = MAX_SIDE): Promise<Picture> {
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

/** Decodes an image file, upright, as training does. Throws sharp's reason when it cannot be read. */
export async function pictureFromFile(file: string | Buffer, maxSide = MAX_SIDE): Promise<Picture> {
  return pictureFromPixels(await decodeImage(file), maxSide);
}

/** The pictures of a batch `[N, S, S, 3]`, 0 to 255, of which the first channel is shown. The tensor is left to its owner. */
export async function picturesFromTensor(images: tf.Tensor4D, maxSide = MAX_SIDE): Promise<Picture[]> {
  const [count, height, width, channels] = images.shape;
  const values = await images.data<"float32">();
  return Promise.all(
    Array.from({ length: count }, (_, n) => {
      const first = n * height * width * channels;
      const pixels = Uint8Array.from({ length: height * width }, (_, i) => Math.round(values[first + i * channels]));
      return pictureFromPixels({ pixels, width, height }, maxSide);
    }),
  );
}
