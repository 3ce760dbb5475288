/**
 * The intermediate results of every stage of the detector for one image, in plain arrays. They show
 * why an object was detected, or at which stage it was missed.
 */
import type { NetworkBoxes, NetworkDetection } from "../../types";
import type { Proposals } from "./rpn/proposals";

/** The results of all stages for one image, from the anchors to the detections. */
export interface DetectionTrace extends Proposals {
  /** `[A]` logits of the region proposal network, in the order of the detector's anchors. */
  readonly objectness: Float32Array;
  /** The results of each stage of the cascade; empty when there is no proposal. */
  readonly stages: readonly StageTrace[];
  /** `[R]`: mean of the stages' foreground probabilities. Detections are ranked by it. */
  readonly foreground: Float32Array;
  /** By falling score. */
  readonly detections: readonly NetworkDetection[];
}

/** The results of one stage of the cascade, in the order of the proposals. */
export interface StageTrace {
  /** `[R, 4]`: the boxes after this stage. */
  readonly boxes: NetworkBoxes;
  /** `[R]` probabilities of this stage. */
  readonly foreground: Float32Array;
  /** `[R, C]` probabilities of this stage. */
  readonly classProbabilities: Float32Array;
}

/**
 * The boxes after the last stage.
 * @returns `[R, 4]`; empty when there is no proposal
 */
export function refinedBoxes({ stages, proposals }: DetectionTrace): NetworkBoxes {
  return stages.length ? stages[stages.length - 1].boxes : proposals;
}
