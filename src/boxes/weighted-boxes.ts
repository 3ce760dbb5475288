/** Weighted box fusion: what overlaps is averaged instead of dropped (Solovyev et al. 2021, section 3). */
import type { Box, BoxArray } from "../types";
import { boxAt, boxCount, iou } from "./box";

export interface WeightedBox {
  readonly box: Box;
  /** Mean score of its members. */
  readonly score: number;
  /** Indices of the boxes it is made of, by falling score. */
  readonly members: readonly number[];
}

/**
 * Boxes by falling score join the first cluster whose fused box they overlap; a fused box is the mean of its members, weighted by score.
 * @param boxes `[N, 4]`
 * @param scores `[N]`
 * @param iouThreshold a box joins a cluster when its IoU with the fused box is above this
 * @returns by falling score
 */
export function weightedBoxes(boxes: BoxArray, scores: ArrayLike<number>, iouThreshold: number): WeightedBox[] {
  const order = Array.from({ length: boxCount(boxes) }, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const clusters: WeightedBox[] = [];
  for (const index of order) {
    const box = boxAt(boxes, index);
    const found = clusters.findIndex((cluster) => iou(cluster.box, box) > iouThreshold);
    if (found < 0) clusters.push({ box, score: scores[index], members: [index] });
    else clusters[found] = fuse(boxes, scores, [...clusters[found].members, index]);
  }
  return clusters.sort((a, b) => b.score - a.score);
}

function fuse(boxes: BoxArray, scores: ArrayLike<number>, members: readonly number[]): WeightedBox {
  const sum = [0, 0, 0, 0];
  let weight = 0;
  for (const member of members) {
    boxAt(boxes, member).forEach((edge, side) => (sum[side] += scores[member] * edge));
    weight += scores[member];
  }
  const box = [sum[0] / weight, sum[1] / weight, sum[2] / weight, sum[3] / weight] as const;
  return { box, score: weight / members.length, members };
}
