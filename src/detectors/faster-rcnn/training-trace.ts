/**
 * What one training step saw, in plain arrays: every intermediate of both stages, to be looked at
 * in a cell.
 */
import type { NetworkBoxes, Target } from "../../types";
import type { AnchorLosses, RoiLosses } from "./loss-shares";
import type { BatchProposals } from "./rpn/proposals";
import type { RoiAssignment } from "./roi-heads/assign-targets";
import type { AnchorAssignment } from "./rpn/assign-anchors";

export interface StepTrace {
  /** `[A, 4]`, the same for every image of the batch. */
  readonly anchors: NetworkBoxes;
  readonly images: readonly ImageTrace[];
}

export interface ImageTrace {
  readonly target: Target;
  /** `[A]`: index of the matched truth box, or a sentinel of `boxes/match`. */
  readonly anchorAssignment: Int32Array;
  /** `[A]`: each anchor's IoU with the truth box it overlaps most. */
  readonly anchorIou: Float32Array;
  /** The sampled anchors, as indices into `anchors`. */
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
  /** `[A]` logits of the region proposal network. */
  readonly objectness: Float32Array;
  /**
   * The anchors of highest objectness after their deltas, before NMS: `[≤ proposalsBeforeNms, 4]`,
   * by falling score.
   */
  readonly candidates: NetworkBoxes;
  /** Their objectness as probabilities. */
  readonly candidateScores: Float32Array;
  /** `[R, 4]`: what NMS keeps of the candidates, by falling score. */
  readonly proposals: NetworkBoxes;
  /** `[R]`: their objectness as probabilities. */
  readonly proposalScores: Float32Array;
  /** The rois that the head's loss saw, its first stage's. */
  readonly rois: NetworkBoxes;
  readonly roiAssignment: Int32Array;
  readonly roiIou: Float32Array;
  /** What each sampled anchor adds to the loss; null where the detector does not tell. */
  readonly anchorLosses: AnchorLosses | null;
  /**
   * What each roi adds to the loss, one entry a stage of the cascade; empty without a second
   * stage, null where the detector does not tell.
   */
  readonly roiLosses: readonly RoiLosses[] | null;
}

/** Shares of the loss, each with one entry an image. */
export interface LossShares {
  readonly byAnchor: readonly AnchorLosses[];
  readonly byRoi: readonly (readonly RoiLosses[])[] | null;
}

/** The parts of a step, each with one entry for each image. */
export interface StepParts {
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  readonly assignments: readonly AnchorAssignment[];
  readonly proposed: BatchProposals;
  /** Null when there is no second stage. */
  readonly rois: readonly Pick<RoiAssignment, "rois" | "assignment" | "iou">[] | null;
  /** Null when the detector does not compute them. */
  readonly shares: LossShares | null;
}

/** The trace of a step from its parts. */
export function traceStep({ anchors, assignments, proposed, rois, shares }: StepParts): StepTrace {
  const images = assignments.map(({ target, assignment, iou, positives, negatives }, i) => ({
    target,
    anchorAssignment: assignment,
    anchorIou: iou,
    positives,
    negatives,
    objectness: proposed.objectness[i],
    ...proposed.proposals[i],
    rois: rois ? rois[i].rois : new Float32Array(),
    roiAssignment: rois ? rois[i].assignment : new Int32Array(),
    roiIou: rois ? rois[i].iou : new Float32Array(),
    anchorLosses: shares && shares.byAnchor[i],
    roiLosses: shares && (shares.byRoi ? shares.byRoi[i] : []),
  }));
  return { anchors, images };
}
