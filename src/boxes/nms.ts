/** Greedy non-maximum suppression (Faster R-CNN, section 3.3). */
import type { BoxArray } from "../types";
import { boxCount } from "./box";
import { BoxCenters, centerReach } from "./box-centers";

/** Boxes from which a grid of their centers pays. */
const MANY = 1000;

/**
 * Keeps the box of highest score, drops those that overlap it by more than the threshold, and so
 * on.
 * @param boxes `[N, 4]`
 * @param scores `[N]`; of equal scores the lower index goes first
 * @param iouThreshold a box goes when its IoU with a kept one is above this
 * @param maxCount stops after so many
 * @returns indices of the kept boxes, by falling score
 */
export function nms(
  boxes: BoxArray,
  scores: ArrayLike<number>,
  iouThreshold: number,
  { maxCount = Infinity }: { readonly maxCount?: number } = {},
): Int32Array {
  const count = boxCount(boxes);
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a] || a - b,
  );
  // A few boxes are compared sooner than sorted into a grid; and at a threshold of 0 any touch
  // counts, however far the centers.
  const centers =
    count >= MANY && iouThreshold > 0 && boxes.every(Number.isFinite)
      ? new BoxCenters(boxes)
      : null;
  const reach = centers ? centerReach(iouThreshold) : 0;
  const kept: number[] = [];
  for (const candidate of order) {
    if (kept.length >= maxCount) break;
    const isSuppressed = centers
      ? centers.some(candidate, reach, (group) =>
          overlapsAny(boxes, candidate, group, iouThreshold),
        )
      : overlapsAny(boxes, candidate, kept, iouThreshold);
    if (isSuppressed) continue;
    centers?.add(candidate);
    kept.push(candidate);
  }
  return Int32Array.from(kept);
}

/**
 * Whether a box's IoU with any of the others is above the threshold. This comparison is the whole
 * cost.
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
    // Where both overlap, neither side is negative.
    const other = (boxes[j + 2] - boxes[j]) * (boxes[j + 3] - boxes[j + 1]);
    if (intersection > iouThreshold * (area + other - intersection)) return true;
  }
  return false;
}
