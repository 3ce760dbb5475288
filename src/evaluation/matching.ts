/** Which detection found which box, by the rules of the COCO benchmark (Lin et al. 2014; pycocotools' `evaluateImg`). */
import { iou } from "../boxes/box";
import type { Box, Detection, ImageDetections, ImageTruth } from "../types";

/** A detection that found no box. */
export const UNMATCHED = -1;

/** The truth of one image beside what was detected in it. */
export interface EvaluatedImage {
  readonly truth: ImageTruth;
  /** In the order they were given. */
  readonly detections: readonly Detection[];
}

/**
 * Joins truth and detections by image id, in the order of the truths. An image without an entry in `detections` has none.
 * Throws when an id comes twice, when detections belong to an image that is not among the truths, and on a score that is no number.
 */
export function joinImages(
  truths: readonly ImageTruth[],
  detections: readonly ImageDetections[],
): readonly EvaluatedImage[] {
  const found = new Map<string, readonly Detection[]>();
  for (const image of detections) {
    if (found.has(image.imageId)) throw new Error(`the detections of image '${image.imageId}' are given twice`);
    const bad = image.detections.find(({ score }) => Number.isNaN(score));
    if (bad) throw new Error(`a detection in image '${image.imageId}' has the score NaN: it cannot be ranked`);
    found.set(image.imageId, image.detections);
  }
  const known = new Set<string>();
  for (const { imageId } of truths) {
    if (known.has(imageId)) throw new Error(`the truth of image '${imageId}' is given twice`);
    known.add(imageId);
  }
  const stray = detections.find(({ imageId }) => !known.has(imageId));
  if (stray) {
    throw new Error(`there are detections for image '${stray.imageId}', which is not among the images to be evaluated`);
  }
  return truths.map((truth) => ({
    truth,
    detections: found.get(truth.imageId) ?? [],
  }));
}

/** A sorted copy; equal scores stay in the order they were given, as with pycocotools' mergesort. */
export function byFallingScore<T extends { readonly score: number }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => b.score - a.score);
}

/** The IoU of each of D detections with each of G truth boxes: D rows of G. */
export function overlapTable(detections: readonly Box[], truths: readonly Box[]): number[][] {
  return detections.map((detection) => truths.map((truth) => iou(detection, truth)));
}

/**
 * Every detection in turn takes the free truth box it overlaps most, if by at least the threshold; of equal overlaps the later
 * box. A second detection of a box that is taken stays unmatched, and so is a false positive.
 * @param overlaps D rows of G, detections by falling score
 * @param ignored `[G]`: boxes that need not be found are taken only where no other is to be had, as in pycocotools
 * @returns `[D]`: index of the truth box or `UNMATCHED`
 */
export function matchDetections(
  overlaps: readonly (readonly number[])[],
  iouThreshold: number,
  ignored: readonly boolean[] = [],
): Int32Array {
  const matches = new Int32Array(overlaps.length).fill(UNMATCHED);
  const taken = new Set<number>();
  const take = (d: number, isIgnored: boolean) => {
    let best = iouThreshold;
    overlaps[d].forEach((overlap, g) => {
      if (taken.has(g) || overlap < best || Boolean(ignored[g]) !== isIgnored) return;
      best = overlap;
      matches[d] = g;
    });
  };
  overlaps.forEach((_, d) => {
    take(d, false);
    if (matches[d] === UNMATCHED && ignored.length) take(d, true);
    if (matches[d] !== UNMATCHED) taken.add(matches[d]);
  });
  return matches;
}
