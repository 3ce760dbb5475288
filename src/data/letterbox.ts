/** How a part of an image fills the network's square input: one scale for both axes, black bars where the part is not square. */
import type { Box, Letterbox } from "../types";

/** The letterbox that shows `crop` (pixels of the original image; it may reach beyond it) as large as fits, in the middle of a square of `size` pixels. */
export function computeLetterbox(crop: Box, size: number): Letterbox {
  const width = crop[2] - crop[0];
  const height = crop[3] - crop[1];
  const scale = size / Math.max(width, height);
  return {
    scale,
    dx: (size - width * scale) / 2 - crop[0] * scale,
    dy: (size - height * scale) / 2 - crop[1] * scale,
    size,
  };
}

/** A box in pixels of the original image, in pixels of the network's input. */
export function toNetwork([x1, y1, x2, y2]: Box, { scale, dx, dy }: Letterbox): Box {
  return [x1 * scale + dx, y1 * scale + dy, x2 * scale + dx, y2 * scale + dy];
}

/** The inverse of `toNetwork`. */
export function toOriginal([x1, y1, x2, y2]: Box, { scale, dx, dy }: Letterbox): Box {
  return [(x1 - dx) / scale, (y1 - dy) / scale, (x2 - dx) / scale, (y2 - dy) / scale];
}
