/**
 * How many boxes a set of candidates (anchors, proposals) covers. Later stages can find only boxes
 * that have a candidate.
 */
import { boxCount, iouMatrix } from "../boxes/box";
import type { BoxArray } from "../types";

const DEFAULT_THRESHOLDS: readonly number[] = Array.from({ length: 20 }, (_, i) => i / 20);

export interface RecallByIou {
  readonly thresholds: readonly number[];
  /**
   * Share of the ground-truth boxes that have a candidate of at least this IoU; 0 when there are no
   * boxes.
   */
  readonly recall: readonly number[];
  /**
   * The highest IoU of each ground-truth box with a candidate, image by image; 0 without
   * candidates.
   */
  readonly bestIou: readonly number[];
  readonly boxes: number;
  /** Mean number of candidates for each image. */
  readonly candidates: number;
}

/**
 * The share of the boxes that candidates cover, against the IoU. One candidate may cover two boxes.
 * @param groundTruths `[G, 4]` of each image
 * @param candidates `[R, 4]` of each image, in the same order of images and in the same frame
 * @param thresholds IoUs; 0 to 0.95 in steps of 0.05 by default
 * @throws when there are not as many lists of candidates as images
 * @example
 * const { recall } = recallByIou(boxesOfImages, proposalsOfImages, [0.5]);
 */
export function recallByIou(
  groundTruths: readonly BoxArray[],
  candidates: readonly BoxArray[],
  thresholds: readonly number[] = DEFAULT_THRESHOLDS,
): RecallByIou {
  if (groundTruths.length !== candidates.length) {
    throw new Error(
      `recallByIou: there are boxes of ${groundTruths.length} images, but candidates of ${candidates.length} images`,
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
      ? candidates.reduce((sum, boxes) => sum + boxCount(boxes), 0) / candidates.length
      : 0,
  };
}
