/**
 * How bright a box is against what is around it: whether a tumor stands out, measured where the
 * image is at hand.
 */
import type { Box, ImageRecord } from "../types";
import { decodeImage, type GreyImage } from "./image";

/**
 * The surroundings reach so far: a box of so many times the width and height, around the same
 * center.
 */
const SURROUNDINGS = 1.5;

/**
 * Mean grey value of the pixels a box touches less that of its surroundings up to 1.5 times its
 * sides, -255 to 255: above 0, the box is the brighter one. NaN where the box leaves no
 * surroundings in the image. Throws when it lies outside of the image.
 * @param box pixels of the image
 */
export function boxContrast(image: GreyImage, box: Box): number {
  const inner = touched(image, box);
  // A box that touches the image does so with its surroundings too.
  const outer = touched(image, widened(box));
  if (!inner || !outer) {
    throw new Error(
      `the box [${box.join(", ")}] lies outside of its image of ${image.width} x ${image.height} pixels`,
    );
  }
  const own = sum(image, inner);
  const all = sum(image, outer);
  return own.total / own.pixels - (all.total - own.total) / (all.pixels - own.pixels);
}

/**
 * Decodes each image and measures its boxes.
 * @returns by image id a contrast a box, in the order of the annotations. Throws as `decodeImage`
 * and `boxContrast` do, naming the file
 */
export async function boxContrasts(
  images: readonly ImageRecord[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const contrasts = new Map<string, readonly number[]>();
  for (const { id, path, annotations } of images) {
    try {
      const image = annotations.length ? await decodeImage(path) : null;
      contrasts.set(id, image ? annotations.map(({ box }) => boxContrast(image, box)) : []);
    } catch (reason) {
      throw new Error(`${path}: ${reason instanceof Error ? reason.message : String(reason)}`);
    }
  }
  return contrasts;
}

function widened([x1, y1, x2, y2]: Box): Box {
  const dx = ((x2 - x1) * (SURROUNDINGS - 1)) / 2;
  const dy = ((y2 - y1) * (SURROUNDINGS - 1)) / 2;
  return [x1 - dx, y1 - dy, x2 + dx, y2 + dy];
}

/**
 * The pixels a box touches, at least one: first column and row, and those behind the last; null
 * outside of the image.
 */
function touched({ width, height }: GreyImage, [x1, y1, x2, y2]: Box): Box | null {
  if (!(x1 < width && y1 < height && x2 > 0 && y2 > 0)) return null;
  const left = Math.max(0, Math.floor(x1));
  const top = Math.max(0, Math.floor(y1));
  const right = Math.max(left + 1, Math.min(width, Math.ceil(x2)));
  return [left, top, right, Math.max(top + 1, Math.min(height, Math.ceil(y2)))];
}

function sum(
  { pixels, width }: GreyImage,
  [left, top, right, bottom]: Box,
): { total: number; pixels: number } {
  let total = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) total += pixels[y * width + x];
  }
  return { total, pixels: (right - left) * (bottom - top) };
}
