/**
 * Which detection found which box, by the rules of the COCO benchmark (Lin et al. 2014;
 * pycocotools' `evaluateImg`).
 */
import { iou } from "../boxes/box";
import type { Box, Detection, ImageDetections, ImageGroundTruth } from "../types";

/** A detection that found no box. */
export const UNMATCHED = -1;

/** The truth of one image beside what was detected in it. */
export interface EvaluatedImage {
  readonly groundTruth: ImageGroundTruth;
  /** In the order they were given. */
  readonly detections: readonly Detection[];
}

/**
 * Joins truth and detections by image id, in the order of the truths. An image without an entry in
 * `detections` has none. Throws when an id comes twice, when detections belong to an image that is
 * not among the truths, and on a score that is no number.
 */
export function joinImages(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): readonly EvaluatedImage[] {
  const found = new Map<string, readonly Detection[]>();
  for (const image of detections) {
    if (found.has(image.imageId))
      throw new Error(`the detections of image '${image.imageId}' are given twice`);
    const bad = image.detections.find(({ score }) => Number.isNaN(score));
    if (bad)
      throw new Error(
        `a detection in image '${image.imageId}' has the score NaN: it cannot be ranked`,
      );
    found.set(image.imageId, image.detections);
  }
  const known = new Set<string>();
  for (const { imageId } of groundTruths) {
    if (known.has(imageId)) throw new Error(`the truth of image '${imageId}' is given twice`);
    known.add(imageId);
  }
  const stray = detections.find(({ imageId }) => !known.has(imageId));
  if (stray) {
    throw new Error(
      `there are detections for image '${stray.imageId}', which is not among the images to be evaluated`,
    );
  }
  return groundTruths.map((groundTruth) => ({
    groundTruth,
    detections: found.get(groundTruth.imageId) ?? [],
  }));
}

/**
 * A sorted copy; equal scores stay in the order they were given, as with pycocotools' mergesort.
 */
export function byFallingScore<T extends { readonly score: number }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => b.score - a.score);
}

/** The IoU of each of D detections with each of G truth boxes: D rows of G. */
export function overlapTable(detections: readonly Box[], groundTruths: readonly Box[]): number[][] {
  return detections.map((detection) =>
    groundTruths.map((groundTruth) => iou(detection, groundTruth)),
  );
}

/**
 * Every detection in turn takes the free truth box it overlaps most, if by at least the threshold;
 * of equal overlaps the later box. A second detection of a box that is taken stays unmatched, and
 * so is a false positive.
 * @param overlaps D rows of G, detections by falling score
 * @param ignored `[G]`: boxes that need not be found are taken only where no other is to be had, as
 * in pycocotools
 * @returns `[D]`: index of the truth box or `UNMATCHED`
 */
export function matchDetections(
  overlaps: readonly (readonly number[])[],
  iouThreshold: number,
  ignored: readonly boolean[] = [],
): Int32Array {
  const matches = new Int32Array(overlaps.length).fill(UNMATCHED);
  const taken = new Uint8Array(overlaps[0]?.length ?? 0);
  const anyIgnored = ignored.includes(true);
  for (let d = 0; d < overlaps.length; d++) {
    matches[d] = bestFree(overlaps[d], iouThreshold, taken, ignored, false);
    if (matches[d] === UNMATCHED && anyIgnored)
      matches[d] = bestFree(overlaps[d], iouThreshold, taken, ignored, true);
    if (matches[d] !== UNMATCHED) taken[matches[d]] = 1;
  }
  return matches;
}

/**
 * The free box of the highest IoU from the threshold on; the loop in which an evaluation spends
 * its time.
 */
function bestFree(
  row: readonly number[],
  iouThreshold: number,
  taken: Uint8Array,
  ignored: readonly boolean[],
  isIgnored: boolean,
): number {
  let best = UNMATCHED;
  let bestIou = iouThreshold;
  for (let g = 0; g < row.length; g++) {
    if (row[g] < bestIou || taken[g] || Boolean(ignored[g]) !== isIgnored) continue;
    best = g;
    bestIou = row[g];
  }
  return best;
}
