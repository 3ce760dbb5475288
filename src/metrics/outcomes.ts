/**
 * What became of every detection and every box at one IoU threshold: the ground for counts,
 * thresholds, histograms and error lists.
 */
import type { Detection, ImageDetections, ImageGroundTruth } from "../types";
import { byFallingScore, joinImages, matchDetections, overlapTable, UNMATCHED } from "./matching";

/** From this IoU on a detection counts as having found a box, unless another threshold is named. */
export const HIT_IOU = 0.5;

export interface Outcome {
  readonly detection: Detection;
  /** Index of the box it found in the image's truth, or `UNMATCHED`: a false positive. */
  readonly match: number;
  /**
   * With the box it found; a false positive's is its highest with any box, 0 in an image without
   * boxes.
   */
  readonly iou: number;
}

export interface ImageOutcomes {
  readonly groundTruth: ImageGroundTruth;
  /** By falling score. */
  readonly outcomes: readonly Outcome[];
}

export interface OutcomeOptions {
  /** Detections below it are left out; 0 keeps all. */
  readonly scoreThreshold?: number;
  /** IoU of a hit. */
  readonly iou?: number;
}

/**
 * Matches the detections of each image to its boxes, whatever their classes. Same order as the
 * truths; throws as `joinImages` does.
 */
export function detectionOutcomes(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold = 0, iou = HIT_IOU }: OutcomeOptions = {},
): ImageOutcomes[] {
  return joinImages(groundTruths, detections).map(({ groundTruth, detections: all }) => {
    const kept = byFallingScore(all.filter(({ score }) => score >= scoreThreshold));
    const overlaps = overlapTable(
      kept.map(({ box }) => box),
      groundTruth.boxes,
    );
    const matches = matchDetections(overlaps, iou);
    return {
      groundTruth,
      outcomes: kept.map((detection, d) => ({
        detection,
        match: matches[d],
        iou: matches[d] === UNMATCHED ? Math.max(0, ...overlaps[d]) : overlaps[d][matches[d]],
      })),
    };
  });
}
