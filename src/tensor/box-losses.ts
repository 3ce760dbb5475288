/**
 * The regression loss of both stages: how well predicted deltas move boxes onto the ground truth
 * (Faster R-CNN, section 3.1.2).
 */
import { BoxCoder } from "../boxes/box-coder";
import type { NetworkBoxes } from "../types";
import { decodeBoxesTensor } from "./decode-boxes";
import { giouLoss, smoothL1 } from "./losses";
import { tf } from "./tensorflow";

/** Difference of two deltas at which smooth L1 changes from a parabola to a line. */
const SMOOTH_L1_BETA = 1 / 9;

/** The boxes that `boxLosses` compares, and how. Row by row, the entries belong together. */
export interface BoxLossInput {
  /** `smooth-l1` compares deltas; `giou` compares the boxes that the deltas decode to. */
  readonly kind: "smooth-l1" | "giou";
  readonly coder: BoxCoder;
  /** `[R, 4]`: the anchors or RoIs that the deltas move. */
  readonly references: NetworkBoxes;
  /** `[R, 4]`: the ground-truth boxes that they are matched to. */
  readonly matched: NetworkBoxes;
  /** `[R, 4]`: the predicted deltas. */
  readonly deltas: tf.Tensor2D;
}

/**
 * The loss of each box. The gradient flows to the deltas.
 * @returns `[R]`; belongs to the caller's gradient tape
 */
export function boxLosses({ kind, coder, references, matched, deltas }: BoxLossInput): tf.Tensor1D {
  const shape: [number, number] = [references.length / 4, 4];
  if (kind === "smooth-l1")
    return smoothL1(deltas, tf.tensor2d(coder.encode(references, matched), shape), SMOOTH_L1_BETA);
  return giouLoss(
    decodeBoxesTensor(coder, tf.tensor2d(references, shape), deltas),
    tf.tensor2d(matched, shape),
  );
}
