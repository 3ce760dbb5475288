/** The box losses of both stages, box by box. */
import { BoxCoder } from "../boxes/box-coder";
import type { BoxArray } from "../types";
import { decodeBoxesTensor } from "./decode-boxes";
import { giouLoss, smoothL1 } from "./losses";
import { tf } from "./tensorflow";

/** Difference of deltas at which smooth L1 becomes straight. */
const SMOOTH_L1_BETA = 1 / 9;

export interface BoxLossInput {
  /** Smooth L1 compares the deltas; GIoU compares the boxes that they make. */
  readonly kind: "smooth-l1" | "giou";
  readonly coder: BoxCoder;
  /** `[R, 4]`: the boxes that the deltas move. */
  readonly references: BoxArray;
  /** `[R, 4]`: the boxes that they should become. */
  readonly matched: BoxArray;
  /** `[R, 4]` */
  readonly deltas: tf.Tensor2D;
}

/** The loss of each box, `[R]`, for the caller's tape. */
export function boxLosses({ kind, coder, references, matched, deltas }: BoxLossInput): tf.Tensor1D {
  const rows: [number, number] = [references.length / 4, 4];
  if (kind === "smooth-l1")
    return smoothL1(deltas, tf.tensor2d(coder.encode(references, matched), rows), SMOOTH_L1_BETA);
  return giouLoss(
    decodeBoxesTensor(coder, tf.tensor2d(references, rows), deltas),
    tf.tensor2d(matched, rows),
  );
}
