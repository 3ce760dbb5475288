/**
 * The intermediate results of one training step, in plain arrays: the targets, the samples, the
 * predictions and the losses of both stages. Notebooks and figures show them.
 */
import type { AnchorGrid } from "../../boxes/anchors";
import type { NetworkBoxes, Target } from "../../types";
import type { AnchorLosses, RoiLosses } from "./loss-shares";
import type { BatchProposals } from "./rpn/proposals";
import type { RoiAssignment } from "./roi-heads/assign-targets";
import type { AnchorAssignment } from "./rpn/assign-anchors";

/** The intermediate results of one step. */
export interface StepTrace {
  /** `[A, 4]`, the same for every image of the batch. */
  readonly anchors: NetworkBoxes;
  /** The maps with the anchors, finest first. */
  readonly grids: readonly AnchorGrid[];
  readonly images: readonly ImageTrace[];
}

/** The intermediate results of one step for one image. */
export interface ImageTrace {
  readonly target: Target;
  /** `[A]`: index of the ground-truth box of each anchor, `BACKGROUND` or `IGNORED`. */
  readonly anchorAssignment: Int32Array;
  /** `[A]`: highest IoU of each anchor with any ground-truth box. */
  readonly anchorIou: Float32Array;
  /** Indices of the sampled positive anchors. */
  readonly positives: Int32Array;
  /** Indices of the sampled negative anchors. */
  readonly negatives: Int32Array;
  /** `[A]` logits of the region proposal network. */
  readonly objectness: Float32Array;
  /**
   * `[K, 4]`: the anchors with the highest objectness, moved by their deltas, before non-maximum
   * suppression; by falling score.
   */
  readonly candidates: NetworkBoxes;
  /** `[K]` probabilities of the objectness. */
  readonly candidateScores: Float32Array;
  /** `[R, 4]`: the candidates that non-maximum suppression keeps, by falling score. */
  readonly proposals: NetworkBoxes;
  /** `[R]` probabilities of the objectness. */
  readonly proposalScores: Float32Array;
  /** `[S, 4]`: the sampled RoIs of the first stage of the head; empty without a second stage. */
  readonly rois: NetworkBoxes;
  /** `[S]`: index of the ground-truth box of each RoI, or `BACKGROUND`. */
  readonly roiAssignment: Int32Array;
  /** `[S]`: highest IoU of each RoI with any ground-truth box. */
  readonly roiIou: Float32Array;
  /** The share of each sampled anchor in the loss; null when the detector does not compute it. */
  readonly anchorLosses: AnchorLosses | null;
  /**
   * The share of each RoI in the loss, one entry for each stage of the cascade. Empty without a
   * second stage; null when the detector does not compute it.
   */
  readonly roiLosses: readonly RoiLosses[] | null;
}

/** The shares of the loss, one entry for each image. */
export interface LossShares {
  readonly byAnchor: readonly AnchorLosses[];
  /** Null without a second stage. */
  readonly byRoi: readonly (readonly RoiLosses[])[] | null;
}

/** The results of the stages of a step, each with one entry for each image. */
export interface StepParts {
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  /** The maps with the anchors, finest first. */
  readonly grids: readonly AnchorGrid[];
  readonly assignments: readonly AnchorAssignment[];
  readonly proposed: BatchProposals;
  /** Null without a second stage. */
  readonly rois: readonly Pick<RoiAssignment, "rois" | "assignment" | "iou">[] | null;
  /** Null when the detector does not compute them. */
  readonly shares: LossShares | null;
}

/** Makes the trace of a step from the results of its stages. */
export function traceStep({
  anchors,
  grids,
  assignments,
  proposed,
  rois,
  shares,
}: StepParts): StepTrace {
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
  return { anchors, grids, images };
}
