/**
 * What every sampled anchor and roi adds to a step's loss: shares that add up to the terms that
 * are reported.
 */
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";

/**
 * Of one image's sampled anchors, weighted, each divided by how many of the batch the term is a
 * mean over.
 */
export interface AnchorLosses {
  /** `[positives + negatives]`, in that order. */
  readonly objectness: Float32Array;
  /** `[positives]`: only these have a box to fit. */
  readonly boxes: Float32Array;
}

/** One image's rois in one stage of the cascade, with what each adds to the loss: R rois. */
export interface RoiLosses {
  /** `[R, 4]` as this stage got them, the ones of later stages refined by those before. */
  readonly rois: NetworkBoxes;
  /** `[R]`: index of the matched truth box, or a sentinel of `boxes/match`. */
  readonly assignment: Int32Array;
  /** `[R]`: IoU with the truth box it overlaps most. */
  readonly iou: Float32Array;
  /** `[R]` logits. */
  readonly logits: Float32Array;
  /**
   * `[R]` weighted shares; class and boxes are 0 where a roi is background, which is asked
   * neither.
   */
  readonly foreground: Float32Array;
  readonly class: Float32Array;
  readonly boxes: Float32Array;
}

/**
 * The shares `weight * losses / count` of a term, as plain numbers. Reads the tensor `[R]` and
 * leaves it to its owner.
 */
export function lossShares(losses: tf.Tensor1D, count: number, weight: number): Float32Array {
  return losses.dataSync<"float32">().map((loss) => (weight * loss) / Math.max(1, count));
}

/** Parts of those lengths, one after the other. */
export function splitShares(shares: Float32Array, lengths: readonly number[]): Float32Array[] {
  let start = 0;
  return lengths.map((length) => shares.slice(start, (start += length)));
}
