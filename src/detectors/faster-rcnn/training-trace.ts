/** What one training step saw, in plain arrays: every intermediate of both stages, to be looked at in a cell. */
import type { BoxArray, Truth } from "../../types";
import type { AnchorLosses, RoiLosses } from "./loss-shares";
import type { BatchProposals } from "./rpn/proposals";
import type { RoiTargets } from "./roi-heads/assign-targets";
import type { RpnTargets } from "./rpn/rpn-loss";

export interface StepTrace {
  /** `[A, 4]`, the same for every image of the batch. */
  readonly anchors: BoxArray;
  readonly images: readonly ImageTrace[];
}

export interface ImageTrace {
  readonly truth: Truth;
  /** `[A]`: index of the matched truth box, or a sentinel of `boxes/match`. */
  readonly anchorAssignment: Int32Array;
  /** `[A]`: each anchor's IoU with the truth box it overlaps most. */
  readonly anchorIou: Float32Array;
  /** The sampled anchors, as indices into `anchors`. */
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
  /** `[A]` logits of the region proposal network. */
  readonly objectness: Float32Array;
  /** The anchors of highest objectness after their deltas, before NMS: `[≤ proposalsBeforeNms, 4]`, by falling score. */
  readonly candidates: BoxArray;
  /** Their objectness as probabilities. */
  readonly candidateScores: Float32Array;
  /** `[R, 4]`: what NMS keeps of the candidates, by falling score. */
  readonly proposals: BoxArray;
  /** `[R]`: their objectness as probabilities. */
  readonly proposalScores: Float32Array;
  /** The rois that the head's loss saw, its first stage's. */
  readonly rois: BoxArray;
  readonly roiAssignment: Int32Array;
  readonly roiIou: Float32Array;
  /** What each sampled anchor adds to the loss; null where the detector does not tell. */
  readonly anchorLosses: AnchorLosses | null;
  /** What each roi adds to the loss, one entry a stage of the cascade; empty without a second stage, null where the detector does not tell. */
  readonly roiLosses: readonly RoiLosses[] | null;
}

/** Shares of the loss, each with one entry an image. */
export interface LossShares {
  readonly byAnchor: readonly AnchorLosses[];
  readonly byRoi: readonly (readonly RoiLosses[])[] | null;
}

/** The trace of a step from its parts, each with one entry an image; `rois` is null where there is no second stage. */
export function traceStep(
  anchors: BoxArray,
  targets: readonly RpnTargets[],
  { objectness, proposals }: BatchProposals,
  rois: readonly Pick<RoiTargets, "rois" | "assignment" | "iou">[] | null,
  shares: LossShares | null = null,
): StepTrace {
  const images = targets.map(({ truth, assignment, iou, positives, negatives }, i) => ({
    truth,
    anchorAssignment: assignment,
    anchorIou: iou,
    positives,
    negatives,
    objectness: objectness[i],
    ...proposals[i],
    rois: rois ? rois[i].rois : new Float32Array(),
    roiAssignment: rois ? rois[i].assignment : new Int32Array(),
    roiIou: rois ? rois[i].iou : new Float32Array(),
    anchorLosses: shares && shares.byAnchor[i],
    roiLosses: shares && (shares.byRoi ? shares.byRoi[i] : []),
  }));
  return { anchors, images };
}
