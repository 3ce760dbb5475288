/**
 * How a part of an image fills the network's square input: one scale for both axes, and black bars
 * where the part is not square.
 */
import type { ImageBox, Letterbox, NetworkBox } from "../types";

/**
 * The letterbox that shows a part of an image as large as possible, in the middle of the network's
 * input.
 * @param crop the part; it may reach beyond the image
 * @param size side of the network's square input in pixels
 * @example
 * const letterbox = computeLetterbox([0, 0, 256, 192], 320); // scale 1.25, dx 0, dy 40
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

/**
 * Maps a box from the original image to the network's input.
 * @example
 * toNetwork([10, 10, 30, 20], letterbox);
 */
export function toNetwork(box: ImageBox, { scale, dx, dy }: Letterbox): NetworkBox {
  const [x1, y1, x2, y2] = box;
  return [x1 * scale + dx, y1 * scale + dy, x2 * scale + dx, y2 * scale + dy];
}

/**
 * Maps a box from the network's input to the original image: the inverse of `toNetwork`.
 * @example
 * toOriginal(toNetwork(box, letterbox), letterbox); // box
 */
export function toOriginal(box: NetworkBox, { scale, dx, dy }: Letterbox): ImageBox {
  const [x1, y1, x2, y2] = box;
  return [(x1 - dx) / scale, (y1 - dy) / scale, (x2 - dx) / scale, (y2 - dy) / scale];
}
