/**
 * Matches the detections of each image to its boxes at one IoU threshold. Counts, score thresholds,
 * histograms and lists of errors are made from the result.
 */
import type { Detection, ImageDetections, ImageGroundTruth } from "../types";
import { byFallingScore, joinImages, matchDetections, overlapTable, UNMATCHED } from "./matching";

/** A detection finds a box at this IoU or more, unless another threshold is given. */
export const HIT_IOU = 0.5;

export interface Outcome {
  readonly detection: Detection;
  /** Index into the ground-truth boxes of the image, or `UNMATCHED` for a false positive. */
  readonly match: number;
  /**
   * IoU with the box that it found. For a false positive, the highest IoU with any box; 0 in an
   * image without boxes.
   */
  readonly iou: number;
}

export interface ImageOutcomes {
  readonly groundTruth: ImageGroundTruth;
  /** By falling score. */
  readonly outcomes: readonly Outcome[];
}

export interface OutcomeOptions {
  /** Detections of a lower score are left out; 0 by default. */
  readonly scoreThreshold?: number;
  /** A detection finds a box at this IoU or more; `HIT_IOU` by default. */
  readonly iou?: number;
}

/**
 * Matches the detections of each image to its boxes, whatever their classes.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options which detections count, and when they find a box
 * @returns one entry for each image, in the order of the ground truth
 * @throws as `joinImages` does
 * @example
 * const images = detectionOutcomes(test.groundTruths(), detections, { scoreThreshold: 0.5 });
 */
export function detectionOutcomes(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold = 0, iou = HIT_IOU }: OutcomeOptions = {},
): ImageOutcomes[] {
  return joinImages(groundTruths, detections).map((image) => {
    const { groundTruth } = image;
    const ranked = byFallingScore(image.detections.filter(({ score }) => score >= scoreThreshold));
    const overlaps = overlapTable(
      ranked.map(({ box }) => box),
      groundTruth.boxes,
    );
    const matches = matchDetections(overlaps, iou);
    return {
      groundTruth,
      outcomes: ranked.map((detection, d) => ({
        detection,
        match: matches[d],
        iou: matches[d] === UNMATCHED ? Math.max(0, ...overlaps[d]) : overlaps[d][matches[d]],
      })),
    };
  });
}
