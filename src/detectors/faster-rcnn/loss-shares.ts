/**
 * The share of each sampled anchor and RoI in the losses of a step (Faster R-CNN, equation 1,
 * before the sum). The shares of a term add up to the term.
 */
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";

/** The shares of the sampled anchors of one image. */
export interface AnchorLosses {
  /** `[P + N]`: the positive anchors, followed by the negative ones. */
  readonly objectness: Float32Array;
  /** `[P]`: only positive anchors have a regression loss. */
  readonly boxes: Float32Array;
}

/** The RoIs of one image in one stage of the cascade, and their shares. */
export interface RoiLosses {
  /** `[R, 4]`: the RoIs that the stage starts from. The previous stages have refined them. */
  readonly rois: NetworkBoxes;
  /** `[R]`: index of the ground-truth box, or `BACKGROUND`. */
  readonly assignment: Int32Array;
  /** `[R]`: highest IoU with any ground-truth box. */
  readonly iou: Float32Array;
  /** `[R]` foreground logits. */
  readonly logits: Float32Array;
  /** `[R]` shares in the foreground loss. */
  readonly foreground: Float32Array;
  /** `[R]` shares in the class loss; 0 for background. */
  readonly class: Float32Array;
  /** `[R]` shares in the regression loss; 0 for background. */
  readonly boxes: Float32Array;
}

/**
 * Computes the shares `weight * loss / count` of a term that is a weighted mean.
 * @param losses `[R]`; the tensor is read, not disposed
 * @param count the number of samples of the batch that the mean is over; 0 is treated as 1
 */
export function lossShares(losses: tf.Tensor1D, count: number, weight: number): Float32Array {
  return losses.dataSync<"float32">().map((loss) => (weight * loss) / Math.max(1, count));
}

/** Splits shares into consecutive parts of the given lengths. */
export function splitShares(shares: Float32Array, lengths: readonly number[]): Float32Array[] {
  let start = 0;
  return lengths.map((length) => shares.slice(start, (start += length)));
}
