/**
 * How a part of an image fills the network's square input: one scale for both axes, black bars
 * where the part is not square.
 */
import type { ImageBox, Letterbox, NetworkBox } from "../types";

/**
 * The letterbox that shows a part of an image as large as possible, in the middle of the network's
 * input.
 * @param crop the part; it may reach beyond the image
 * @param size side of the network's square input in pixels
 */
export function computeLetterbox(crop: ImageBox, size: number): Letterbox {
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

/** From pixels of the original image to pixels of the network's input. */
export function toNetwork([x1, y1, x2, y2]: ImageBox, { scale, dx, dy }: Letterbox): NetworkBox {
  return [x1 * scale + dx, y1 * scale + dy, x2 * scale + dx, y2 * scale + dy];
}

/**
 * From pixels of the network's input to pixels of the original image: the inverse of `toNetwork`.
 */
export function toOriginal([x1, y1, x2, y2]: NetworkBox, { scale, dx, dy }: Letterbox): ImageBox {
  return [(x1 - dx) / scale, (y1 - dy) / scale, (x2 - dx) / scale, (y2 - dy) / scale];
}
