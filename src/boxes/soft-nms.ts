/** Soft-NMS: overlapping boxes lose score instead of their place (Bodla et al. 2017, section 3). */
import type { BoxArray } from "../types";
import { boxAt, boxCount } from "./box";
import { iou } from "./box";

/** Boxes that are left, by falling score. */
export interface SoftNmsResult {
  readonly indices: Int32Array;
  readonly scores: Float32Array;
}

/**
 * Takes the box of highest score, multiplies the scores of the others by exp(-IoU² / sigma), and so
 * on (the paper's Gaussian rule).
 * @param boxes `[N, 4]`
 * @param scores `[N]`
 * @param sigma the smaller, the harder overlap is punished
 * @param minScore boxes whose score falls below it go
 * @param maxCount stops after so many
 */
export function softNms(
  boxes: BoxArray,
  scores: ArrayLike<number>,
  { sigma, minScore, maxCount = Infinity }: { sigma: number; minScore: number; maxCount?: number },
): SoftNmsResult {
  const decayed = Array.from(scores);
  const left = new Set(Array.from({ length: boxCount(boxes) }, (_, i) => i));
  const indices: number[] = [];
  while (left.size && indices.length < maxCount) {
    let best = -1;
    for (const i of left) if (best < 0 || decayed[i] > decayed[best]) best = i;
    left.delete(best);
    if (!(decayed[best] >= minScore)) break;
    indices.push(best);
    const taken = boxAt(boxes, best);
    for (const i of left) decayed[i] *= Math.exp(-(iou(taken, boxAt(boxes, i)) ** 2) / sigma);
  }
  return {
    indices: Int32Array.from(indices),
    scores: Float32Array.from(indices, (i) => decayed[i]),
  };
}
