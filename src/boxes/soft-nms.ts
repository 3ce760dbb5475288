/**
 * Soft-NMS (Bodla et al. 2017, section 4): a box that overlaps a better one is not dropped, but its
 * score is lowered.
 */
import type { BoxArray } from "../types";
import { boxAt, boxCount, iou } from "./box";

/** The remaining boxes, by falling score. */
export interface SoftNmsResult {
  /** Indices into the given boxes. */
  readonly indices: Int32Array;
  /** The lowered scores, in the order of `indices`. */
  readonly scores: Float32Array;
}

/** Settings of `softNms`. */
export interface SoftNmsOptions {
  /** Width of the Gaussian. The smaller it is, the more an overlap lowers the score. */
  readonly sigma: number;
  /** Boxes whose lowered score is below this are dropped. */
  readonly minScore: number;
  /** Largest number of boxes in the result. */
  readonly maxCount?: number;
}

/**
 * Repeatedly takes the box with the highest score, and multiplies the scores of all others by
 * exp(-IoU² / sigma), the paper's Gaussian rule.
 * @param boxes `[N, 4]`, in any frame
 * @param scores `[N]`
 */
export function softNms(
  boxes: BoxArray,
  scores: ArrayLike<number>,
  { sigma, minScore, maxCount = Infinity }: SoftNmsOptions,
): SoftNmsResult {
  const lowered = Array.from(scores);
  const remaining = new Set(Array.from({ length: boxCount(boxes) }, (_, i) => i));
  const indices: number[] = [];
  while (remaining.size && indices.length < maxCount) {
    let best = -1;
    for (const i of remaining) if (best < 0 || lowered[i] > lowered[best]) best = i;
    remaining.delete(best);
    // Written so that a score of NaN ends the loop too.
    if (!(lowered[best] >= minScore)) break;
    indices.push(best);
    const bestBox = boxAt(boxes, best);
    for (const i of remaining)
      lowered[i] *= Math.exp(-(iou(bestBox, boxAt(boxes, i)) ** 2) / sigma);
  }
  return {
    indices: Int32Array.from(indices),
    scores: Float32Array.from(indices, (i) => lowered[i]),
  };
}
