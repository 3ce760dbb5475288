/** The errors of each image, worst images first: the images to look at. */
import type { Detection, ImageDetections, ImageGroundTruth } from "../types";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

/** A hit of a lower IoU is loose. */
export const TIGHT_IOU = 0.75;

/** A hit that is loose, or of the wrong class. */
export interface FlawedHit {
  /** Index into the ground-truth boxes of the image. */
  readonly groundTruthIndex: number;
  readonly detection: Detection;
  readonly iou: number;
}

export interface ImageErrors {
  readonly imageId: string;
  /** Null if the patient is not known. */
  readonly patient: string | null;
  /** Detections of a lower score are left out. */
  readonly scoreThreshold: number;
  /** Indices of the ground-truth boxes that no detection found. */
  readonly missed: readonly number[];
  readonly falsePositives: readonly Detection[];
  /** Hits with an IoU from `HIT_IOU` up to `TIGHT_IOU`. */
  readonly loose: readonly FlawedHit[];
  /** Hits of the wrong class. */
  readonly wrongClass: readonly FlawedHit[];
  /**
   * The sum of 1 for each missed box, the score of each false positive, and 1 - IoU of each loose
   * hit. Classes do not count.
   */
  readonly severity: number;
}

/**
 * The errors of each image at a score threshold. The most severe images come first; images of equal
 * severity are sorted by id.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options the score threshold
 * @param options.scoreThreshold choose it on other images, with `chooseThreshold`
 * @throws as `joinImages` does
 * @example
 * const [worst] = worstImages(test.groundTruths(), detections, { scoreThreshold: 0.5 });
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
