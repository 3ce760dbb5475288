/**
 * How many boxes a set of candidates (anchors, proposals) could lead to at all: the ceiling of
 * everything after it.
 */
import { boxCount, iouMatrix } from "../boxes/box";
import type { BoxArray } from "../types";

const DEFAULT_THRESHOLDS: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 20);

export interface RecallByIou {
  readonly thresholds: readonly number[];
  /**
   * Part of the truth boxes with a candidate of at least that IoU; 0 where there is no box at all.
   */
  readonly recall: readonly number[];
  /** Of every truth box, image by image, the highest IoU with a candidate; 0 without candidates. */
  readonly bestIou: readonly number[];
  readonly boxes: number;
  /** Mean number of candidates an image. */
  readonly candidates: number;
}

/**
 * Every box looks for its best candidate by itself; one candidate may serve two boxes.
 * @param truths `[G, 4]` of each image
 * @param candidates `[R, 4]` of each image, in the same order and the same pixels
 * @param thresholds IoU, 0 to 0.95 in steps of 0.05 by default
 */
export function recallByIou(
  groundTruths: readonly BoxArray[],
  candidates: readonly BoxArray[],
  thresholds: readonly number[] = DEFAULT_THRESHOLDS,
): RecallByIou {
  if (groundTruths.length !== candidates.length) {
    throw new Error(
      `recallByIou: the boxes of ${groundTruths.length} images, but the candidates of ${candidates.length}`,
    );
  }
  const bestIou = groundTruths.flatMap((groundTruth, i) => {
    const overlaps = iouMatrix(groundTruth, candidates[i]);
    const columns = boxCount(candidates[i]);
    return Array.from({ length: boxCount(groundTruth) }, (_, g) =>
      overlaps
        .subarray(g * columns, (g + 1) * columns)
        .reduce((best, overlap) => Math.max(best, overlap), 0),
    );
  });
  return {
    thresholds,
    recall: thresholds.map((threshold) =>
      bestIou.length ? bestIou.filter((best) => best >= threshold).length / bestIou.length : 0,
    ),
    bestIou,
    boxes: bestIou.length,
    candidates: candidates.length
      ? candidates.reduce((sum, own) => sum + boxCount(own), 0) / candidates.length
      : 0,
  };
}
