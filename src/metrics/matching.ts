/**
 * Matches detections to ground-truth boxes by the rules of the COCO benchmark (Lin et al. 2014;
 * `evaluateImg` of pycocotools).
 */
import { iou } from "../boxes/box";
import type { Detection, ImageBox, ImageDetections, ImageGroundTruth } from "../types";

/** The match of a detection that found no box. */
export const UNMATCHED = -1;

/** The ground truth of one image with its detections. */
export interface EvaluatedImage {
  readonly groundTruth: ImageGroundTruth;
  /** In the given order. */
  readonly detections: readonly Detection[];
}

/**
 * Joins ground truth and detections by image id, in the order of the ground truth. An image without
 * an entry in `detections` has no detections.
 * @throws when an image id occurs twice, when there are detections for an image without ground
 * truth, and when a score is NaN
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
  const imageIds = new Set<string>();
  for (const { imageId } of groundTruths) {
    if (imageIds.has(imageId))
      throw new Error(`the ground truth of image '${imageId}' is given twice`);
    imageIds.add(imageId);
  }
  const stray = detections.find(({ imageId }) => !imageIds.has(imageId));
  if (stray) {
    throw new Error(`there are detections for image '${stray.imageId}', which has no ground truth`);
  }
  return groundTruths.map((groundTruth) => ({
    groundTruth,
    detections: found.get(groundTruth.imageId) ?? [],
  }));
}

/**
 * Returns a copy sorted by falling score. Items of equal score keep their order, as in the
 * mergesort of pycocotools.
 */
export function byFallingScore<T extends { readonly score: number }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => b.score - a.score);
}

/** The IoU of each of D detections with each of G ground-truth boxes: `[D][G]`. */
export function overlapTable(
  detections: readonly ImageBox[],
  groundTruths: readonly ImageBox[],
): number[][] {
  return detections.map((detection) =>
    groundTruths.map((groundTruth) => iou(detection, groundTruth)),
  );
}

/**
 * Matches detections to ground-truth boxes greedily. One after the other, each detection takes the
 * free box of the highest IoU, if this IoU reaches the threshold; of equal IoUs it takes the later
 * box. A second detection of a box stays unmatched: it is a false positive.
 * @param overlaps `[D][G]`: IoUs, detections by falling score
 * @param ignored `[G]`: boxes that need not be found. A detection takes one of them only when no
 * other box is left for it, as in pycocotools
 * @returns `[D]`: index of the ground-truth box, or `UNMATCHED`
 */
export function matchDetections(
  overlaps: readonly (readonly number[])[],
  iouThreshold: number,
  ignored: readonly boolean[] = [],
): Int32Array {
  const matches = new Int32Array(overlaps.length).fill(UNMATCHED);
  const taken = new Uint8Array(overlaps[0]?.length ?? 0);
  const boxes: Candidates = { iouThreshold, taken, ignored };
  const anyIgnored = ignored.includes(true);
  for (let d = 0; d < overlaps.length; d++) {
    matches[d] = bestFree(overlaps[d], boxes, false);
    if (matches[d] === UNMATCHED && anyIgnored) matches[d] = bestFree(overlaps[d], boxes, true);
    if (matches[d] !== UNMATCHED) taken[matches[d]] = 1;
  }
  return matches;
}

/** The boxes that a detection chooses from. */
interface Candidates {
  readonly iouThreshold: number;
  /** `[G]`: 1 for a box that an earlier detection took. */
  readonly taken: Uint8Array;
  /** `[G]`, or empty when no box is ignored. */
  readonly ignored: readonly boolean[];
}

/**
 * The free box of the highest IoU, if this IoU reaches the threshold. An evaluation spends most of
 * its time in this loop.
 */
function bestFree(
  row: readonly number[],
  { iouThreshold, taken, ignored }: Candidates,
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
