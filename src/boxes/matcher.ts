/**
 * Which ground-truth box each anchor or RoI learns, if any (Faster R-CNN, section 3.1.2). Both
 * stages use the same matcher.
 */
import type { BoxArray } from "../types";
import { boxCount, iouMatrix } from "./box";

/** Assigned to no ground-truth box: to be told from the objects. */
export const BACKGROUND = -1;

/**
 * Too close to a ground-truth box to be background, too far from it to be positive: not part of
 * the loss.
 */
export const IGNORED = -2;

export interface MatcherOptions {
  /** From this IoU on a candidate is positive. */
  readonly positiveIou: number;
  /** Below this IoU a candidate is background. */
  readonly negativeIou: number;
  /**
   * Every ground-truth box also gets the candidates that overlap it most, however little. A
   * candidate that is the best of two boxes goes to the one that it overlaps more.
   */
  readonly allowLowQualityMatches?: boolean;
}

export interface Matches {
  /** `[A]`: index of the ground-truth box, `BACKGROUND` or `IGNORED`. */
  readonly assignment: Int32Array;
  /** `[A]`: IoU with the ground-truth box that is overlapped most; 0 without ground truth. */
  readonly iou: Float32Array;
}

/**
 * Assigns each candidate to the ground-truth box that it overlaps most, to the background, or to
 * neither.
 * @example
 * const matcher = new Matcher({ positiveIou: 0.7, negativeIou: 0.3, allowLowQualityMatches: true });
 * const { assignment, iou } = matcher.match(anchors, groundTruthBoxes);
 */
export class Matcher {
  constructor(readonly options: MatcherOptions) {}

  /**
   * @param candidates `[A, 4]` pixels
   * @param groundTruth `[G, 4]` pixels of the same frame; when it is empty, every candidate is
   * background
   */
  match(candidates: BoxArray, groundTruth: BoxArray): Matches {
    const { positiveIou, negativeIou, allowLowQualityMatches = false } = this.options;
    const count = boxCount(candidates);
    const columns = boxCount(groundTruth);
    const overlaps = iouMatrix(candidates, groundTruth);
    const assignment = new Int32Array(count).fill(BACKGROUND);
    const best = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      let match = 0;
      for (let g = 0; g < columns; g++) {
        if (overlaps[i * columns + g] > best[i]) {
          best[i] = overlaps[i * columns + g];
          match = g;
        }
      }
      if (columns && best[i] >= positiveIou) assignment[i] = match;
      else if (columns && best[i] >= negativeIou) assignment[i] = IGNORED;
    }
    if (allowLowQualityMatches) assignBestCandidates(overlaps, columns, assignment);
    return { assignment, iou: best };
  }
}

/**
 * Gives each ground-truth box the candidates that overlap it most: all that tie, and none when no
 * candidate touches it.
 */
function assignBestCandidates(
  overlaps: Float32Array,
  columns: number,
  assignment: Int32Array,
): void {
  // Where one candidate is the best of several boxes, the box that it overlaps more gets it,
  // whatever the order of the boxes.
  const assignedAt = new Float32Array(assignment.length);
  for (let g = 0; g < columns; g++) {
    let highest = 0;
    for (let i = g; i < overlaps.length; i += columns)
      if (overlaps[i] > highest) highest = overlaps[i];
    if (highest === 0) continue;
    for (let i = 0; i < assignment.length; i++) {
      if (overlaps[i * columns + g] !== highest || highest <= assignedAt[i]) continue;
      assignment[i] = g;
      assignedAt[i] = highest;
    }
  }
}
