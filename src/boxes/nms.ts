/** What becomes of boxes that overlap: greedy non-maximum suppression (Faster R-CNN, section 3.3), and the original experiment's mean box. */
import type { Box, BoxArray } from "../types";
import { boxAt, boxCount } from "./box";

/**
 * Keeps the box of highest score, drops those that overlap it by more than the threshold, and so on.
 * @param boxes `[N, 4]`
 * @param scores `[N]`; of equal scores the lower index goes first
 * @param iouThreshold a box goes when its IoU with a kept one is above this
 * @param maxCount stops after so many
 * @returns indices of the kept boxes, by falling score
 */
export function nms(boxes: BoxArray, scores: ArrayLike<number>, iouThreshold: number, maxCount = Infinity): Int32Array {
  const order = Array.from({ length: boxCount(boxes) }, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept: number[] = [];
  // Kept boxes side by side in flat arrays: this comparison is the whole cost.
  const edges = new Float64Array(4 * order.length);
  const areas = new Float64Array(order.length);
  for (const candidate of order) {
    if (kept.length >= maxCount) break;
    const x1 = boxes[4 * candidate];
    const y1 = boxes[4 * candidate + 1];
    const x2 = boxes[4 * candidate + 2];
    const y2 = boxes[4 * candidate + 3];
    const area = Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
    let suppressed = false;
    for (let k = 0; k < kept.length; k++) {
      const width = Math.min(x2, edges[4 * k + 2]) - Math.max(x1, edges[4 * k]);
      if (width <= 0) continue;
      const height = Math.min(y2, edges[4 * k + 3]) - Math.max(y1, edges[4 * k + 1]);
      if (height <= 0) continue;
      const intersection = width * height;
      if (intersection > iouThreshold * (area + areas[k] - intersection)) {
        suppressed = true;
        break;
      }
    }
    if (suppressed) continue;
    edges.set([x1, y1, x2, y2], 4 * kept.length);
    areas[kept.length] = area;
    kept.push(candidate);
  }
  return Int32Array.from(kept);
}

/**
 * The mean of `[N, 4]`, edge by edge: how the original experiment turned what NMS kept into its one answer. Of two tumors it
 * makes a box between them; it is kept to show just that. Throws without boxes.
 */
export function meanBox(boxes: BoxArray): Box {
  const count = boxCount(boxes);
  if (!count) throw new Error("meanBox: there is no box to average");
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) boxAt(boxes, i).forEach((edge, side) => (sum[side] += edge));
  return [sum[0] / count, sum[1] / count, sum[2] / count, sum[3] / count];
}
