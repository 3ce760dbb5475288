/**
 * Average precision as the COCO benchmark defines it (Lin et al. 2014; the numbers equal
 * pycocotools'): precision at 101 recalls, interpolated, averaged over recalls, IoU thresholds and
 * classes.
 *
 * Two readings, always named: *class-agnostic* asks only where the tumors are; *class-aware* also
 * which class each is, with every detection standing for each class c with the score `score *
 * classProbabilities[c]`.
 */
import { mean } from "simple-statistics";
import type { ImageDetections, ImageGroundTruth } from "../types";
import { joinImages } from "./matching";
import {
  boxesToFind,
  interpolatedPrecision,
  linspace,
  NOTHING_TO_FIND,
  OUTCOME,
  rankDetections,
} from "./ranking";

export { NOTHING_TO_FIND };

/**
 * 0.50, 0.55 … 0.95, computed as numpy's linspace does, so that an IoU right at a threshold falls
 * on the same side.
 */
export const COCO_IOU_THRESHOLDS: readonly number[] = linspace(0.5, 0.95, 10);

/** Detections that count in an image, and for class-aware figures of each class. */
export const COCO_MAX_DETECTIONS = 100;

export type ClassReading = "class-agnostic" | "class-aware";

export interface AveragePrecisionOptions {
  readonly classAware: boolean;
  /** `AP` is the mean over these; COCO's ten by default. */
  readonly iouThresholds?: readonly number[];
  /** Detections of highest score that count, for each image and class. */
  readonly maxDetections?: number;
}

/** Each number is in [0, 1], or `NOTHING_TO_FIND`. */
export interface ApMetrics {
  /** Mean over the IoU thresholds, 0.50 to 0.95 unless others were asked for. */
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
}

/** Precision against recall at one IoU threshold, one point for each detection by falling score. */
export interface PrecisionRecall {
  readonly iou: number;
  readonly score: readonly number[];
  readonly recall: readonly number[];
  readonly precision: readonly number[];
  /** The best precision at this recall or a higher one: what average precision averages. */
  readonly envelope: readonly number[];
}

/** The figures of one ranking: of one class, or of all boxes when classes do not count. */
export interface RankingResult extends ApMetrics {
  /** Null for the class-agnostic ranking. */
  readonly classId: number | null;
  readonly boxes: number;
  readonly curve50: PrecisionRecall;
}

export interface AveragePrecision extends ApMetrics {
  readonly label: ClassReading;
  readonly byIou: readonly { readonly iou: number; readonly AP: number }[];
  /** Class-agnostic: one. Class-aware: one for each class that has truth boxes. */
  readonly rankings: readonly RankingResult[];
  readonly images: number;
  readonly boxes: number;
}

/**
 * @param truths every image that counts, those without boxes too: a detection in them is a false
 * positive. Their order decides between equal scores of different images, the order within an image
 * between equal scores there, as in pycocotools
 * @param detections boxes in the same pixels as the truth's; throws when they do not belong to the
 * truths
 */
export function averagePrecision(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  {
    classAware,
    iouThresholds = COCO_IOU_THRESHOLDS,
    maxDetections = COCO_MAX_DETECTIONS,
  }: AveragePrecisionOptions,
): AveragePrecision {
  const images = joinImages(groundTruths, detections);
  const classes = classAware ? presentClasses(groundTruths) : [null];
  const thresholds = [0.5, 0.75, ...iouThresholds];
  const ranked = classes.map((classId) => {
    const ranking = rankDetections(images, { classId, iouThresholds: thresholds, maxDetections });
    return {
      classId,
      ranking,
      values: thresholds.map((_, t) => interpolatedPrecision(ranking, t)),
    };
  });
  const boxes = groundTruths.reduce((sum, groundTruth) => sum + groundTruth.boxes.length, 0);
  const byIou = iouThresholds.map((iou, t) => ({
    iou,
    // A class without boxes is not there to be averaged; class-agnostically there is one ranking,
    // even an empty one.
    AP: boxes ? mean(ranked.map(({ values }) => values[t + 2])) : NOTHING_TO_FIND,
  }));
  return {
    label: classAware ? "class-aware" : "class-agnostic",
    AP: boxes ? mean(byIou.map(({ AP }) => AP)) : NOTHING_TO_FIND,
    AP50: boxes ? mean(ranked.map(({ values }) => values[0])) : NOTHING_TO_FIND,
    AP75: boxes ? mean(ranked.map(({ values }) => values[1])) : NOTHING_TO_FIND,
    byIou,
    rankings: ranked.map(({ classId, ranking, values }) => ({
      classId,
      boxes: boxesToFind(ranking),
      AP: mean(values.slice(2)),
      AP50: values[0],
      AP75: values[1],
      curve50: precisionRecall(
        ranking.scores,
        Array.from(ranking.outcomes[0], (outcome) => outcome === OUTCOME.hit),
        boxesToFind(ranking),
        0.5,
      ),
    })),
    images: groundTruths.length,
    boxes,
  };
}

/**
 * Precision and recall after each detection.
 * @param hits by falling score; `boxes` is how many there are to find
 */
export function precisionRecall(
  scores: readonly number[],
  hits: readonly boolean[],
  boxes: number,
  iou: number,
): PrecisionRecall {
  let found = 0;
  const recall: number[] = [];
  const precision: number[] = [];
  hits.forEach((hit, i) => {
    if (hit) found++;
    recall.push(boxes ? found / boxes : 0);
    precision.push(found / (i + 1));
  });
  const envelope = [...precision];
  for (let i = envelope.length - 2; i >= 0; i--)
    envelope[i] = Math.max(envelope[i], envelope[i + 1]);
  return { iou, score: scores, recall, precision, envelope };
}

/** The classes that have truth boxes, by id: a class without any is not there to be averaged. */
export function presentClasses(groundTruths: readonly ImageGroundTruth[]): number[] {
  return Array.from(new Set(groundTruths.flatMap(({ classIds }) => classIds))).sort(
    (a, b) => a - b,
  );
}
