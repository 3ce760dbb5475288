/** Small masks. */
import { HEIGHT, sharpOf, WIDTH } from "../../files";

/** A rectangle of pixels: its value, and its edges. */
export type Rectangle = readonly [value: number, x1: number, y1: number, x2: number, y2: number];

/** The values of a mask with rectangles; later ones lie over earlier ones. */
export function maskValues(
  rectangles: readonly Rectangle[],
  width = WIDTH,
  height = HEIGHT,
): Uint8Array {
  const values = new Uint8Array(width * height);
  for (const [value, x1, y1, x2, y2] of rectangles)
    for (let y = y1; y < y2; y++) values.fill(value, y * width + x1, y * width + x2);
  return values;
}

/** A grey PNG of 8 bits with rectangles. */
export function mask(
  rectangles: readonly Rectangle[],
  width = WIDTH,
  height = HEIGHT,
): Promise<Buffer> {
  return greyOf(maskValues(rectangles, width, height), width, height)
    .png()
    .toBuffer();
}

/** Grey pixels as a sharp image that stays grey. */
export function greyOf(values: Uint8Array, width = WIDTH, height = HEIGHT) {
  return sharpOf(values, width, height).toColourspace("b-w");
}
