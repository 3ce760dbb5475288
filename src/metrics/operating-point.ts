/**
 * Counts hits, false positives and missed boxes at a score threshold, and chooses this threshold.
 * The threshold is part of every result.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { byFallingScore, UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

/** Counts over all images. Classes matter in `classConfusion` only. */
export interface Counts {
  readonly scoreThreshold: number;
  /** IoU of a hit. */
  readonly iou: number;
  readonly hits: number;
  readonly falsePositives: number;
  readonly missed: number;
  /** Hits divided by detections; 0 without detections. */
  readonly precision: number;
  /** Hits divided by boxes; 0 without boxes. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
  readonly falsePositivesPerImage: number;
  /** `[ground-truth class][detected class]`: counts of the hits. */
  readonly classConfusion: readonly (readonly number[])[];
}

/**
 * Counts hits, false positives and missed boxes at a score threshold.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options.scoreThreshold detections of this score or more count
 * @param options.classCount number of classes: the size of the confusion matrix
 * @param options.iou a detection finds a box at this IoU or more
 * @throws as `joinImages` does
 * @example
 * const { precision, recall } = countsAtThreshold(test.groundTruths(), detections, {
 *   scoreThreshold: 0.5,
 *   classCount: 2,
 * });
 */
export function countsAtThreshold(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  options: {
    readonly scoreThreshold: number;
    readonly classCount: number;
    readonly iou?: number;
  },
): Counts {
  const { scoreThreshold, classCount, iou = HIT_IOU } = options;
  const classConfusion = Array.from({ length: classCount }, () =>
    Array<number>(classCount).fill(0),
  );
  let hits = 0;
  let falsePositives = 0;
  let boxes = 0;
  for (const { groundTruth, outcomes } of detectionOutcomes(groundTruths, detections, {
    scoreThreshold,
    iou,
  })) {
    boxes += groundTruth.boxes.length;
    for (const { match, detection } of outcomes) {
      if (match === UNMATCHED) {
        falsePositives++;
      } else {
        hits++;
        classConfusion[groundTruth.classIds[match]][detection.classId]++;
      }
    }
  }
  return {
    scoreThreshold,
    iou,
    hits,
    falsePositives,
    missed: boxes - hits,
    ...rates(hits, falsePositives, boxes),
    falsePositivesPerImage: groundTruths.length ? falsePositives / groundTruths.length : 0,
    classConfusion,
  };
}

export interface OperatingPoint {
  /** Detections of this score or more count. */
  readonly scoreThreshold: number;
  readonly iou: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * The score threshold of highest F1. Choose it on validation images, and use it on other images. It
 * lies halfway between the lowest score that counts and the next lower one (or 0), because the
 * scores of other images differ a little. Of thresholds with equal F1 it is the highest. When no
 * detection hits a box, it is 1, with an F1 of 0.
 * @param groundTruths all images on which the threshold is chosen
 * @param detections boxes in the same pixels as the ground truth
 * @param options the IoU of a hit
 * @param options.iou a detection finds a box at this IoU or more
 * @throws as `joinImages` does
 * @example
 * const { scoreThreshold } = chooseThreshold(validation.groundTruths(), detections);
 */
export function chooseThreshold(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { iou = HIT_IOU }: { readonly iou?: number } = {},
): OperatingPoint {
  // The match of a detection depends on detections of higher score only, so that one matching
  // serves all thresholds.
  const ranked = byFallingScore(
    detectionOutcomes(groundTruths, detections, { iou }).flatMap(({ outcomes }) =>
      outcomes.map(({ detection, match }) => ({
        score: detection.score,
        hit: match !== UNMATCHED,
      })),
    ),
  );
  const boxes = groundTruths.reduce((sum, groundTruth) => sum + groundTruth.boxes.length, 0);
  let best: OperatingPoint = {
    scoreThreshold: 1,
    iou,
    precision: 0,
    recall: 0,
    f1: 0,
  };
  let hits = 0;
  ranked.forEach(({ score, hit }, i) => {
    if (hit) hits++;
    // Detections of equal score count together.
    if (i + 1 < ranked.length && ranked[i + 1].score === score) return;
    const at = rates(hits, i + 1 - hits, boxes);
    const next = i + 1 < ranked.length ? ranked[i + 1].score : 0;
    if (at.f1 > best.f1) best = { scoreThreshold: (score + next) / 2, iou, ...at };
  });
  return best;
}

function rates(
  hits: number,
  falsePositives: number,
  boxes: number,
): { precision: number; recall: number; f1: number } {
  const found = hits + falsePositives;
  return {
    precision: found ? hits / found : 0,
    recall: boxes ? hits / boxes : 0,
    f1: hits ? (2 * hits) / (found + boxes) : 0,
  };
}
