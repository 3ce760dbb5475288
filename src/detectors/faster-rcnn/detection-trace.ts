/**
 * What the detector made of an image at each of its stages, in plain arrays: what explains a
 * detection, or why there is none.
 */
import type { NetworkBoxes, NetworkDetection } from "../../types";
import type { Proposals } from "./rpn/proposals";

export interface DetectionTrace extends Proposals {
  /** `[A]` logits of the region proposal network, in the order of the detector's anchors. */
  readonly objectness: Float32Array;
  /**
   * What each stage of the head makes of the proposals, one entry a stage; the last stage's boxes
   * are the refined ones.
   */
  readonly stages: readonly StageTrace[];
  /** `[R]`: the mean of the stages' foreground probabilities, which detections are ranked by. */
  readonly foreground: Float32Array;
  /** By falling score; boxes in pixels of the network's input. */
  readonly detections: readonly NetworkDetection[];
}

/** Rows are the proposals. */
export interface StageTrace {
  /** `[R, 4]`: the boxes after this stage. */
  readonly boxes: NetworkBoxes;
  /** `[R]` probabilities of this stage alone. */
  readonly foreground: Float32Array;
  /** `[R, C]` probabilities of this stage alone. */
  readonly classProbabilities: Float32Array;
}

/**
 * The boxes that leave the last stage, `[R, 4]`; the proposals where there was nothing to refine.
 */
export function refinedBoxes({ stages, proposals }: DetectionTrace): NetworkBoxes {
  return stages.length ? stages[stages.length - 1].boxes : proposals;
}
