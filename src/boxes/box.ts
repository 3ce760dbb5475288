/**
 * Operations on boxes. One box is a `Box`, a tuple; many boxes are one flat `BoxArray`, which inner
 * loops read fast. The functions work in any frame: the result is in the frame of the arguments.
 */
import type { Box, BoxArray } from "../types";

/** The number of boxes in a flat array. */
export function boxCount(boxes: BoxArray): number {
  return boxes.length / 4;
}

/** The box at index i of `[N, 4]`. */
export function boxAt(boxes: BoxArray, i: number): Box {
  return [boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]];
}

/** Converts a list of N boxes to a flat `[N, 4]`. */
export function flattenBoxes(boxes: readonly Box[]): BoxArray {
  const flat = new Float32Array(4 * boxes.length);
  boxes.forEach((box, i) => flat.set(box, 4 * i));
  return flat;
}

/** Converts a flat `[N, 4]` to a list of N boxes. */
export function unflattenBoxes(boxes: BoxArray): Box[] {
  return Array.from({ length: boxCount(boxes) }, (_, i) => boxAt(boxes, i));
}

/**
 * Copies the rows of `[N, 4]` at the given indices.
 * @returns a new `[indices.length, 4]`
 */
export function gatherBoxes<Boxes extends BoxArray>(
  boxes: Boxes,
  indices: ArrayLike<number>,
): Boxes {
  const gathered = new Float32Array(4 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    for (let side = 0; side < 4; side++) gathered[4 * i + side] = boxes[4 * indices[i] + side];
  }
  return gathered as Boxes;
}

/** Width times height, in square pixels; 0 when a side is not positive. */
export function area(box: Box): number {
  return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
}

/**
 * Intersection over union (IoU) of two boxes, in [0, 1]; 0 when one of them is empty. Edges are
 * real numbers: a box from 10 to 20 is 10 pixels wide, not 11.
 * @example
 * iou([0, 0, 10, 10], [5, 0, 15, 10]); // 1/3
 */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (!(width > 0 && height > 0)) return 0;
  const intersection = width * height;
  const union = area(a) + area(b) - intersection;
  // Numeric trap: the product of two sides below 1e-162 is 0, and 0 / 0 is NaN.
  return union > 0 ? intersection / union : 0;
}

/**
 * The IoU of each box of one array with each box of another.
 * @param a `[A, 4]`
 * @param b `[G, 4]`
 * @returns `[A, G]`, row by row
 */
export function iouMatrix(a: BoxArray, b: BoxArray): Float32Array {
  const rows = boxCount(a);
  const columns = boxCount(b);
  const matrix = new Float32Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    const [x1, y1, x2, y2] = boxAt(b, column);
    const areaB = area([x1, y1, x2, y2]);
    for (let row = 0; row < rows; row++) {
      const i = 4 * row;
      const width = Math.min(a[i + 2], x2) - Math.max(a[i], x1);
      const height = Math.min(a[i + 3], y2) - Math.max(a[i + 1], y1);
      if (!(width > 0 && height > 0)) continue;
      const intersection = width * height;
      const union = (a[i + 2] - a[i]) * (a[i + 3] - a[i + 1]) + areaB - intersection;
      matrix[row * columns + column] = intersection / union;
    }
  }
  return matrix;
}

/**
 * Moves every edge of the boxes into an image.
 * @param boxes `[N, 4]`
 * @param width of the image, in pixels
 * @param height of the image, in pixels
 * @returns a new `[N, 4]`
 */
export function clipBoxes<Boxes extends BoxArray>(
  boxes: Boxes,
  width: number,
  height: number,
): Boxes {
  return boxes.map((edge, i) => Math.min(Math.max(edge, 0), i % 2 ? height : width)) as Boxes;
}

/** Joins arrays of boxes in their order. All must be in the same frame. */
export function concatBoxes<Boxes extends BoxArray>(parts: readonly Boxes[]): Boxes {
  return concatNumbers(parts) as Boxes;
}

/** Joins arrays of numbers in their order. */
export function concatNumbers(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
