/**
 * The part of a slice that shows the head. Cropping to it spends the network's pixels on what
 * matters, and takes away the field of view's shape, which in a small data set can give away the
 * class.
 */
import type { DataConfig } from "../config/index";
import type { Box } from "../types";
import type { GreyImage } from "./image";

/**
 * A row or column belongs to the head when at least this part of its pixels is bright: single
 * noisy pixels do not count.
 */
const MIN_BRIGHT = 0.01;

/**
 * The square around all rows and columns with bright pixels, widened by the margin; it may reach
 * beyond the image. An image without bright pixels is taken whole.
 * @returns pixels of the image
 */
export function headSquare(image: GreyImage, crop: NonNullable<DataConfig["cropToHead"]>): Box {
  const { pixels, width, height } = image;
  const columns = new Uint32Array(width);
  const rows = new Uint32Array(height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (pixels[i] > crop.threshold) {
        columns[x]++;
        rows[y]++;
      }
    }
  }
  const [left, right] = extent(columns, height * MIN_BRIGHT) ?? [0, width];
  const [top, bottom] = extent(rows, width * MIN_BRIGHT) ?? [0, height];
  const half = (Math.max(right - left, bottom - top) / 2) * crop.margin;
  const x = (left + right) / 2;
  const y = (top + bottom) / 2;
  return [x - half, y - half, x + half, y + half];
}

/** From the first to behind the last line with at least `least` bright pixels. */
function extent(counts: Uint32Array, least: number): [number, number] | null {
  const isBright = (count: number) => count >= Math.max(1, least);
  const first = counts.findIndex(isBright);
  if (first < 0) return null;
  let last = counts.length - 1;
  while (!isBright(counts[last])) last--;
  return [first, last + 1];
}
