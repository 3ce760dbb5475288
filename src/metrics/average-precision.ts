/**
 * Average precision as the COCO benchmark defines it (Lin et al. 2014): interpolated precision at
 * 101 recalls, averaged over recalls, IoU thresholds and classes. The numbers equal those of
 * pycocotools.
 *
 * There are two readings, and every result names its own. The *class-agnostic* one asks only where
 * the tumors are. The *class-aware* one also asks for their classes: every detection stands for
 * each class c with the score `score * classProbabilities[c]`.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { joinImages } from "./matching";
import { meanOfPresent } from "./mean-of-present";
import { boxesToFind, interpolatedPrecision, linspace, OUTCOME, rankDetections } from "./ranking";

/** The IoU thresholds 0.50, 0.55 … 0.95, with the same bits as in pycocotools. */
export const COCO_IOU_THRESHOLDS: readonly number[] = linspace(0.5, 0.95, 10);

/** Detections that count in an image; for class-aware metrics, in an image and a class. */
export const COCO_MAX_DETECTIONS = 100;

export type ClassReading = "class-agnostic" | "class-aware";

export interface AveragePrecisionOptions {
  readonly classAware: boolean;
  /** `AP` is the mean over these IoU thresholds; the ten of COCO by default. */
  readonly iouThresholds?: readonly number[];
  /** Detections of highest score that count, for each image and class. */
  readonly maxDetections?: number;
}

/** Average precisions in [0, 1]; null when there is no box to find. */
export interface ApMetrics {
  /** Mean over the IoU thresholds: 0.50 to 0.95, unless other thresholds were given. */
  readonly AP: number | null;
  readonly AP50: number | null;
  readonly AP75: number | null;
}

/** Precision against recall at one IoU threshold, one point for each detection by falling score. */
export interface PrecisionRecall {
  readonly iou: number;
  readonly score: readonly number[];
  readonly recall: readonly number[];
  readonly precision: readonly number[];
  /** The best precision at this recall or a higher one. Average precision averages these values. */
  readonly envelope: readonly number[];
}

/** The metrics of one ranking: of one class, or of all boxes in the class-agnostic reading. */
export interface RankingResult extends ApMetrics {
  /** Null for the class-agnostic ranking. */
  readonly classId: number | null;
  readonly boxes: number;
  readonly curve50: PrecisionRecall;
}

export interface AveragePrecision extends ApMetrics {
  readonly label: ClassReading;
  readonly byIou: readonly { readonly iou: number; readonly AP: number | null }[];
  /** Class-agnostic: one ranking. Class-aware: one for each class that has boxes. */
  readonly rankings: readonly RankingResult[];
  readonly images: number;
  readonly boxes: number;
}

/**
 * The average precision of detections, with its precision-recall curves.
 * @param groundTruths all evaluated images, also those without boxes: a detection in them is a
 * false positive. As in pycocotools, the order of the images decides between equal scores of
 * different images, and the order of the detections between equal scores in one image
 * @param detections boxes in the same pixels as the ground truth
 * @param options the reading, and other IoU thresholds than those of COCO
 * @throws as `joinImages` and `rankDetections` do
 * @example
 * const { AP, AP50 } = averagePrecision(test.groundTruths(), detections, { classAware: false });
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
    const [AP50, AP75, ...aps] = thresholds.map((_, t) => interpolatedPrecision(ranking, t));
    return { classId, ranking, AP50, AP75, aps };
  });
  const byIou = iouThresholds.map((iou, t) => ({
    iou,
    AP: meanOfPresent(ranked.map(({ aps }) => aps[t])),
  }));
  return {
    label: classAware ? "class-aware" : "class-agnostic",
    AP: meanOfPresent(byIou.map(({ AP }) => AP)),
    AP50: meanOfPresent(ranked.map(({ AP50 }) => AP50)),
    AP75: meanOfPresent(ranked.map(({ AP75 }) => AP75)),
    byIou,
    rankings: ranked.map(({ classId, ranking, AP50, AP75, aps }) => ({
      classId,
      boxes: boxesToFind(ranking),
      AP: meanOfPresent(aps),
      AP50,
      AP75,
      curve50: precisionRecall({
        iou: 0.5,
        scores: ranking.scores,
        hits: Array.from(ranking.outcomes[0], (outcome) => outcome === OUTCOME.hit),
        boxes: boxesToFind(ranking),
      }),
    })),
    images: groundTruths.length,
    boxes: groundTruths.reduce((sum, { boxes }) => sum + boxes.length, 0),
  };
}

export interface RankedHits {
  readonly iou: number;
  /** By falling score. */
  readonly scores: readonly number[];
  /** Whether each detection found a box. */
  readonly hits: readonly boolean[];
  /** Number of boxes to find. */
  readonly boxes: number;
}

/** Precision and recall after each detection of a ranking. Without boxes, recall is 0. */
export function precisionRecall({ iou, scores, hits, boxes }: RankedHits): PrecisionRecall {
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

/** The ids of the classes that have ground-truth boxes, rising. */
export function presentClasses(groundTruths: readonly ImageGroundTruth[]): number[] {
  return Array.from(new Set(groundTruths.flatMap(({ classIds }) => classIds))).sort(
    (a, b) => a - b,
  );
}
