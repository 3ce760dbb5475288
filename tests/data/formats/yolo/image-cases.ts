/** An image `04_1` that is added to the valid data set, for the tests of image files. */
import sharp from "sharp";
import { HEIGHT, WIDTH, gradient, picture, sharpOf } from "../../files";

/** Path of the image without its ending, below the data set's folder. */
export const STEM = "images/train/04_1";
/** Path of its label file. */
export const LABELS = "labels/train/04_1.txt";

/** A dark gradient, and white in the box of INNER. */
export function boxed(): Uint8Array {
  return gradient(9).map((grey, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return x >= 10 && x < 20 && y >= 6 && y < 24 ? 255 : grey / 4;
  });
}

/** Pixels of three or more channels from each grey value of `boxed`. */
export const rgb = (map: (grey: number) => number[]) =>
  Uint8Array.from(Array.from(boxed()).flatMap(map));
/** The image `boxed` in three equal channels. */
export const inColor = () =>
  sharpOf(
    rgb((grey) => [grey, grey, grey]),
    WIDTH,
    HEIGHT,
    3,
  );

/** A larger grey image. */
export const large = () => sharpOf(gradient(9, 200, 200), 200, 200).toColourspace("b-w");

/** Three frames of an animation, the first of which is `boxed`. */
export const frames = async () => [
  await inColor().png().toBuffer(),
  await picture(5),
  await picture(6),
];

/** A grey image without detail. */
export const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "gray" } })
    .png()
    .toBuffer();
