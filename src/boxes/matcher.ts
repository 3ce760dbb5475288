/**
 * Assigns anchors and RoIs to ground-truth boxes (Faster R-CNN, section 3.1.2). Both stages use the
 * same matcher.
 */
import type { BoxArray } from "../types";
import { boxCount, iouMatrix } from "./box";

/** The candidate matches no ground-truth box and is a negative sample. */
export const BACKGROUND = -1;

/**
 * The candidate overlaps a ground-truth box too much to be background, and too little to be
 * positive. The loss does not use it.
 */
export const IGNORED = -2;

/** Settings of a `Matcher`. */
export interface MatcherOptions {
  /** A candidate with at least this IoU is positive. */
  readonly positiveIou: number;
  /** A candidate with a lower IoU is background. */
  readonly negativeIou: number;
  /**
   * Also makes the candidates with the highest IoU of each ground-truth box positive, however low
   * this IoU is. A candidate that is the best one of two boxes is assigned to the box that it
   * overlaps more. The default is false.
   */
  readonly allowLowQualityMatches?: boolean;
}

/** The result of matching A candidates. */
export interface Matches {
  /** `[A]`: index of the ground-truth box, `BACKGROUND` or `IGNORED`. */
  readonly assignment: Int32Array;
  /** `[A]`: highest IoU with any ground-truth box; 0 when there is none. */
  readonly iou: Float32Array;
}

/**
 * Assigns each candidate to the ground-truth box with the highest IoU, to the background, or to
 * neither.
 * @example
 * const matcher = new Matcher({ positiveIou: 0.7, negativeIou: 0.3, allowLowQualityMatches: true });
 * const { assignment, iou } = matcher.match(anchors, groundTruthBoxes);
 */
export class Matcher {
  constructor(readonly options: MatcherOptions) {}

  /**
   * Matches candidates to ground-truth boxes. Both must be in the same frame.
   * @param candidates `[A, 4]`
   * @param groundTruth `[G, 4]`; when it is empty, every candidate is background
   */
  match(candidates: BoxArray, groundTruth: BoxArray): Matches {
    const { positiveIou, negativeIou, allowLowQualityMatches = false } = this.options;
    const count = boxCount(candidates);
    const columns = boxCount(groundTruth);
    const overlaps = iouMatrix(candidates, groundTruth);
    const assignment = new Int32Array(count).fill(BACKGROUND);
    const highest = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      let match = 0;
      for (let g = 0; g < columns; g++) {
        if (overlaps[i * columns + g] > highest[i]) {
          highest[i] = overlaps[i * columns + g];
          match = g;
        }
      }
      if (columns && highest[i] >= positiveIou) assignment[i] = match;
      else if (columns && highest[i] >= negativeIou) assignment[i] = IGNORED;
    }
    if (allowLowQualityMatches) assignBestCandidates(overlaps, columns, assignment);
    return { assignment, iou: highest };
  }
}

/**
 * Assigns to each ground-truth box the candidates with its highest IoU. Several candidates can have
 * the same IoU; all of them are assigned. A box that no candidate overlaps gets none. Numeric trap:
 * `===` compares 32-bit numbers that the same code computed, so that equal overlaps are equal
 * numbers.
 */
function assignBestCandidates(
  overlaps: Float32Array,
  columns: number,
  assignment: Int32Array,
): void {
  // The IoU at which a candidate was assigned here. A candidate that is the best one of several
  // boxes stays with the box that it overlaps most, in any order of the boxes.
  const assignedIou = new Float32Array(assignment.length);
  for (let g = 0; g < columns; g++) {
    let highest = 0;
    for (let i = g; i < overlaps.length; i += columns)
      if (overlaps[i] > highest) highest = overlaps[i];
    if (highest === 0) continue;
    for (let i = 0; i < assignment.length; i++) {
      if (overlaps[i * columns + g] !== highest || highest <= assignedIou[i]) continue;
      assignment[i] = g;
      assignedIou[i] = highest;
    }
  }
}
