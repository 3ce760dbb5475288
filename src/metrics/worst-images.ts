/** What went wrong, image by image, worst first: the pictures to look at. */
import type { Detection, ImageDetections, ImageGroundTruth } from "../types";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

/** A hit below this IoU is loose. */
export const TIGHT_IOU = 0.75;

/** A hit that is not quite one. */
export interface FlawedHit {
  /** Index into the image's truth boxes. */
  readonly groundTruthIndex: number;
  readonly detection: Detection;
  readonly iou: number;
}

export interface ImageErrors {
  readonly imageId: string;
  readonly patient: string;
  /** Detections below it were left out. */
  readonly scoreThreshold: number;
  /** Indices of the truth boxes nothing found. */
  readonly missed: readonly number[];
  readonly falsePositives: readonly Detection[];
  /** Hits with an IoU from `HIT_IOU` up to `TIGHT_IOU`. */
  readonly loose: readonly FlawedHit[];
  /** Hits that took one class for another. */
  readonly wrongClass: readonly FlawedHit[];
  /**
   * 1 for each missed box, the score of each false positive, 1 - IoU of each loose hit. Classes do
   * not count.
   */
  readonly severity: number;
}

/**
 * The errors of every image at a score threshold, most severe first, then by image id; images
 * without errors come last. Choose the threshold with `chooseThreshold` on other images.
 */
export function worstImages(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold }: { readonly scoreThreshold: number },
): ImageErrors[] {
  const images = detectionOutcomes(groundTruths, detections, {
    scoreThreshold,
    iou: HIT_IOU,
  });
  return images
    .map(({ groundTruth, outcomes }) => {
      const found = new Set(outcomes.map(({ match }) => match));
      const missed = groundTruth.boxes.map((_, g) => g).filter((g) => !found.has(g));
      const falsePositives = outcomes
        .filter(({ match }) => match === UNMATCHED)
        .map(({ detection }) => detection);
      const hits = outcomes
        .filter(({ match }) => match !== UNMATCHED)
        .map(({ match, detection, iou }) => ({
          groundTruthIndex: match,
          detection,
          iou,
        }));
      const loose = hits.filter(({ iou }) => iou < TIGHT_IOU);
      return {
        imageId: groundTruth.imageId,
        patient: groundTruth.patient,
        scoreThreshold,
        missed,
        falsePositives,
        loose,
        wrongClass: hits.filter(
          ({ groundTruthIndex, detection }) =>
            detection.classId !== groundTruth.classIds[groundTruthIndex],
        ),
        severity:
          missed.length +
          falsePositives.reduce((sum, { score }) => sum + score, 0) +
          loose.reduce((sum, { iou }) => sum + 1 - iou, 0),
      };
    })
    .sort((a, b) => b.severity - a.severity || (a.imageId < b.imageId ? -1 : 1));
}
