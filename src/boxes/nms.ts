/** Greedy non-maximum suppression (Faster R-CNN, section 3.3). */
import type { BoxArray } from "../types";
import { boxCount } from "./box";
import { BoxCenters, centerReach } from "./box-centers";

/** From this number of boxes on, a grid of their centers saves more time than it costs. */
const MIN_BOXES_FOR_GRID = 1000;

/** Settings of `nms`. */
export interface NmsOptions {
  /** Stops after this number of boxes. */
  readonly maxCount?: number;
}

/**
 * Repeatedly keeps the box with the highest score, and drops all boxes that overlap it by more than
 * the threshold.
 * @param boxes `[N, 4]`, in any frame
 * @param scores `[N]`; of two equal scores, the one with the lower index is kept first
 * @param iouThreshold a box is dropped when its IoU with a kept box is above this
 * @returns indices of the kept boxes, by falling score
 * @example
 * const proposals = gatherBoxes(boxes, nms(boxes, scores, 0.7, { maxCount: 300 }));
 */
export function nms(
  boxes: BoxArray,
  scores: ArrayLike<number>,
  iouThreshold: number,
  { maxCount = Infinity }: NmsOptions = {},
): Int32Array {
  const count = boxCount(boxes);
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a] || a - b,
  );
  // At a threshold of 0 every overlap counts, at any distance of the centers.
  const grid =
    count >= MIN_BOXES_FOR_GRID && iouThreshold > 0 && boxes.every(Number.isFinite)
      ? new BoxCenters(boxes)
      : null;
  const reach = grid ? centerReach(iouThreshold) : 0;
  const kept: number[] = [];
  for (const candidate of order) {
    if (kept.length >= maxCount) break;
    const isSuppressed = grid
      ? grid.some(candidate, reach, (group) => overlapsAny(boxes, candidate, group, iouThreshold))
      : overlapsAny(boxes, candidate, kept, iouThreshold);
    if (isSuppressed) continue;
    grid?.add(candidate);
    kept.push(candidate);
  }
  return Int32Array.from(kept);
}

/**
 * Whether the IoU of box i with any of the other boxes is above the threshold. Almost all time of
 * `nms` is spent here.
 */
function overlapsAny(
  boxes: BoxArray,
  i: number,
  others: readonly number[],
  iouThreshold: number,
): boolean {
  const x1 = boxes[4 * i];
  const y1 = boxes[4 * i + 1];
  const x2 = boxes[4 * i + 2];
  const y2 = boxes[4 * i + 3];
  const area = Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
  for (let k = 0; k < others.length; k++) {
    const j = 4 * others[k];
    const width = Math.min(x2, boxes[j + 2]) - Math.max(x1, boxes[j]);
    if (width <= 0) continue;
    const height = Math.min(y2, boxes[j + 3]) - Math.max(y1, boxes[j + 1]);
    if (height <= 0) continue;
    const intersection = width * height;
    // The boxes overlap, so that the sides of the other box are not negative.
    const otherArea = (boxes[j + 2] - boxes[j]) * (boxes[j + 3] - boxes[j + 1]);
    // Numeric trap: the division would be NaN for boxes without an area.
    if (intersection > iouThreshold * (area + otherArea - intersection)) return true;
  }
  return false;
}
