/**
 * The part of a slice that shows the head. With a crop to the head, more of the network's pixels
 * show it. The crop also removes the shape of the field of view, which in a small data set may be
 * different for each class.
 */
import type { DataConfig } from "../config/index";
import type { ColorImage, GreyImage, ImageBox } from "../types";
import { channelsOf } from "./image";

/**
 * A row or column belongs to the head if at least this fraction of its pixels is bright. Single
 * noisy pixels do not count.
 */
const MIN_BRIGHT = 0.01;

/**
 * The square around all rows and columns with bright pixels, widened by the margin. It may reach
 * beyond the image. For an image without bright pixels it surrounds the image.
 * @param crop `threshold`: grey value above which a pixel is bright; `margin`: factor by which the
 * square is widened
 * @example
 * headSquare(await decodeImage("slice.png"), { threshold: 20, margin: 1.05 });
 */
export function headSquare(
  image: GreyImage | ColorImage,
  crop: NonNullable<DataConfig["cropToHead"]>,
): ImageBox {
  const { width, height } = image;
  const pixels = brightness(image);
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
  const [left, right] = brightRange(columns, height * MIN_BRIGHT) ?? [0, width];
  const [top, bottom] = brightRange(rows, width * MIN_BRIGHT) ?? [0, height];
  const half = (Math.max(right - left, bottom - top) / 2) * crop.margin;
  const x = (left + right) / 2;
  const y = (top + bottom) / 2;
  return [x - half, y - half, x + half, y + half];
}

/** The brightest channel of each pixel. */
function brightness(image: GreyImage | ColorImage): Uint8Array {
  if (channelsOf(image) === 1) return image.pixels;
  const { pixels, width, height } = image;
  return new Uint8Array(width * height).map((_, i) =>
    Math.max(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]),
  );
}

/**
 * The first line with at least `least` bright pixels, and the line after the last one; null if
 * there is none.
 * @param counts bright pixels of each row, or of each column
 */
function brightRange(counts: Uint32Array, least: number): [number, number] | null {
  const isBright = (count: number) => count >= Math.max(1, least);
  const first = counts.findIndex(isBright);
  if (first < 0) return null;
  let last = counts.length - 1;
  while (!isBright(counts[last])) last--;
  return [first, last + 1];
}
