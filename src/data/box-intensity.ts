/** How bright a box is compared with its surroundings: whether a tumor stands out in the image. */
import type { GreyImage, ImageBox, ImageRecord } from "../types";
import { decodeRecord } from "./image";

/** The surroundings are a box with the same center and this many times the width and height. */
const SURROUNDINGS = 1.5;

/**
 * Mean grey value of the pixels that a box touches, minus the mean of its surroundings (a box of
 * 1.5 times its width and height). Positive values mean that the box is brighter.
 * @param box pixels of the image
 * @returns -255 to 255; NaN if the image has no pixels around the box
 * @throws when the box is outside the image
 */
export function boxContrast(image: GreyImage, box: ImageBox): number {
  const inner = touchedPixels(image, box);
  // If a box touches the image, its surroundings do too.
  const outer = touchedPixels(image, widened(box));
  if (!inner || !outer) {
    throw new Error(
      `the box [${box.join(", ")}] is outside its image of ${image.width} x ${image.height} pixels`,
    );
  }
  const inside = sumOfPixels(image, inner);
  const all = sumOfPixels(image, outer);
  return inside.sum / inside.count - (all.sum - inside.sum) / (all.count - inside.count);
}

/**
 * Decodes each image and measures the contrast of its boxes.
 * @returns by image id, one contrast for each annotation, in their order
 * @throws when an image cannot be decoded or a box is outside it; the message names the file
 * @example
 * const contrasts = await boxContrasts(dataset.images);
 */
export async function boxContrasts(
  images: readonly ImageRecord[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const contrasts = new Map<string, readonly number[]>();
  for (const record of images) {
    const { id, path, annotations } = record;
    const image = annotations.length ? await decodeRecord(record) : null;
    try {
      contrasts.set(id, image ? annotations.map(({ box }) => boxContrast(image, box)) : []);
    } catch (error) {
      throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
    }
  }
  return contrasts;
}

/** The box of the surroundings, including the box itself. */
function widened([x1, y1, x2, y2]: ImageBox): ImageBox {
  const dx = ((x2 - x1) * (SURROUNDINGS - 1)) / 2;
  const dy = ((y2 - y1) * (SURROUNDINGS - 1)) / 2;
  return [x1 - dx, y1 - dy, x2 + dx, y2 + dy];
}

/**
 * The pixels that a box touches, at least one: first column and row, and those after the last; null
 * if the box is outside the image.
 */
function touchedPixels({ width, height }: GreyImage, [x1, y1, x2, y2]: ImageBox): ImageBox | null {
  if (!(x1 < width && y1 < height && x2 > 0 && y2 > 0)) return null;
  const left = Math.max(0, Math.floor(x1));
  const top = Math.max(0, Math.floor(y1));
  const right = Math.max(left + 1, Math.min(width, Math.ceil(x2)));
  return [left, top, right, Math.max(top + 1, Math.min(height, Math.ceil(y2)))];
}

function sumOfPixels(
  { pixels, width }: GreyImage,
  [left, top, right, bottom]: ImageBox,
): { sum: number; count: number } {
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += pixels[y * width + x];
  }
  return { sum, count: (right - left) * (bottom - top) };
}
