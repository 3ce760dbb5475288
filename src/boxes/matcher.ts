/** Which truth box each anchor or roi is to learn, if any (Faster R-CNN, section 3.1.2). One matcher serves both stages. */
import type { RpnConfig } from "../config/index";
import type { BoxArray } from "../types";
import { boxCount, iouMatrix } from "./box";

/** Assigned to no truth box: to be told from the objects. */
export const BACKGROUND = -1;

/** Too close to a truth box for background, too far for a positive: left out of the loss. */
export const IGNORED = -2;

export interface MatchRule {
  /** IoU from which a candidate is positive. */
  readonly positiveIou: number;
  /** IoU below which a candidate is background. */
  readonly negativeIou: number;
  /** Every truth box also gets the candidates that overlap it most, however little; a candidate that is the best of two boxes goes to one. */
  readonly forceBest: boolean;
}

export interface Matches {
  /** `[A]`: index of the truth box, `BACKGROUND` or `IGNORED`. */
  readonly assignment: Int32Array;
  /** `[A]`: IoU with the truth box overlapped most; 0 without truth boxes. */
  readonly iou: Float32Array;
}

/**
 * Assigns each candidate to the truth box it overlaps most, to the background, or to neither.
 * @param candidates `[A, 4]`
 * @param truth `[G, 4]`; without any, all is background
 */
export function matchBoxes(candidates: BoxArray, truth: BoxArray, rule: MatchRule): Matches {
  const count = boxCount(candidates);
  const truths = boxCount(truth);
  const overlaps = iouMatrix(candidates, truth);
  const assignment = new Int32Array(count).fill(BACKGROUND);
  const best = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let match = 0;
    for (let g = 0; g < truths; g++) {
      if (overlaps[i * truths + g] > best[i]) {
        best[i] = overlaps[i * truths + g];
        match = g;
      }
    }
    if (truths && best[i] >= rule.positiveIou) assignment[i] = match;
    else if (truths && best[i] >= rule.negativeIou) assignment[i] = IGNORED;
  }
  if (rule.forceBest) forceBestCandidates(overlaps, truths, assignment);
  return { assignment, iou: best };
}

/** Gives each truth box the candidates that overlap it most: all that tie, and none when no candidate touches it. */
function forceBestCandidates(overlaps: Float32Array, truths: number, assignment: Int32Array): void {
  // Where one candidate is the best of several boxes, the box it overlaps more has it, whatever order the boxes are in.
  const forcedBy = new Float32Array(assignment.length);
  for (let g = 0; g < truths; g++) {
    let highest = 0;
    for (let i = g; i < overlaps.length; i += truths) if (overlaps[i] > highest) highest = overlaps[i];
    if (highest === 0) continue;
    for (let i = 0; i < assignment.length; i++) {
      if (overlaps[i * truths + g] !== highest || highest <= forcedBy[i]) continue;
      assignment[i] = g;
      forcedBy[i] = highest;
    }
  }
}

/** Matches anchors by the region proposal network's thresholds; those that overlap a truth box most are positive too. */
export function matchAnchors(
  anchors: BoxArray,
  truth: BoxArray,
  config: Pick<RpnConfig, "positiveIou" | "negativeIou">,
): Matches {
  return matchBoxes(anchors, truth, {
    positiveIou: config.positiveIou,
    negativeIou: config.negativeIou,
    forceBest: true,
  });
}
