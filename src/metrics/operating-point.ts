/**
 * What a detector does once a score threshold turns its ranking into a yes or no. The threshold
 * always travels with the counts.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { byFallingScore, UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

/** Counts over all images; classes do not count, except in `classConfusion`. */
export interface Counts {
  readonly scoreThreshold: number;
  /** IoU of a hit. */
  readonly iou: number;
  readonly hits: number;
  readonly falsePositives: number;
  readonly missed: number;
  /** Hits of all detections; 0 without detections. */
  readonly precision: number;
  /** Hits of all boxes; 0 without boxes. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
  readonly falsePositivesPerImage: number;
  /** `[truth class][detected class]` of the hits. */
  readonly classConfusion: readonly (readonly number[])[];
}

/** @param options.classCount sides of the confusion matrix */
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
  /** Detections of this score or more are kept. */
  readonly scoreThreshold: number;
  readonly iou: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * The score threshold of highest F1: choose it on validation images, then keep it. It lies halfway
 * between the last detection that is kept and the first that is not (0 when all are kept), since
 * other images' scores will lie a little lower or higher. Of equal F1 the higher threshold is
 * taken; where none gives a single hit, it is 1 with an F1 of 0.
 */
export function chooseThreshold(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { iou = HIT_IOU }: { readonly iou?: number } = {},
): OperatingPoint {
  // A detection's match depends on those of higher score only, so one matching serves every
  // threshold.
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
    // Equal scores are kept or dropped together.
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
