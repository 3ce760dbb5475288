/**
 * Average precision as the COCO benchmark defines it (Lin et al. 2014; the numbers equal pycocotools'): precision at 101 recalls,
 * interpolated, averaged over recalls, IoU thresholds and classes.
 *
 * Two readings, always named: *class-agnostic* asks only where the tumors are; *class-aware* also which class each is, with
 * every detection standing for each class c with the score `score * classProbabilities[c]`.
 */
import type { Detection, ImageDetections, ImageTruth } from "../types";
import { byFallingScore, EvaluatedImage, joinImages, matchDetections, overlapTable, UNMATCHED } from "./matching";

/** The average precision where there is no box to find, so that no recall exists: pycocotools' convention. It survives JSON, which NaN does not. */
export const NOTHING_TO_FIND = -1;

/** 0.50, 0.55 … 0.95, computed as numpy's linspace does, so that an IoU right at a threshold falls on the same side. */
export const COCO_IOU_THRESHOLDS: readonly number[] = linspace(0.5, 0.95, 10);

/** COCO's 101 recalls: 0, 0.01 … 1. */
const RECALLS = linspace(0, 1, 101);
const COCO_MAX_DETECTIONS = 100;

export type ClassReading = "class-agnostic" | "class-aware";

export interface AveragePrecisionOptions {
  readonly classAware: boolean;
  /** `AP` is the mean over these; COCO's ten by default. */
  readonly iouThresholds?: readonly number[];
  /** Detections of highest score that count, for each image and class. */
  readonly maxDetections?: number;
}

/** Each number is in [0, 1], or `NOTHING_TO_FIND`. */
export interface ApFigures {
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
export interface RankingResult extends ApFigures {
  /** Null for the class-agnostic ranking. */
  readonly classId: number | null;
  readonly boxes: number;
  readonly curve50: PrecisionRecall;
}

export interface AveragePrecision extends ApFigures {
  readonly label: ClassReading;
  readonly byIou: readonly { readonly iou: number; readonly AP: number }[];
  /** Class-agnostic: one. Class-aware: one for each class that has truth boxes. */
  readonly rankings: readonly RankingResult[];
  readonly images: number;
  readonly boxes: number;
}

/**
 * @param truths every image that counts, those without boxes too: a detection in them is a false positive. Their order decides
 *   between equal scores of different images, the order within an image between equal scores there, as in pycocotools
 * @param detections boxes in the same pixels as the truth's; throws when they do not belong to the truths
 */
export function averagePrecision(
  truths: readonly ImageTruth[],
  detections: readonly ImageDetections[],
  { classAware, iouThresholds = COCO_IOU_THRESHOLDS, maxDetections = COCO_MAX_DETECTIONS }: AveragePrecisionOptions,
): AveragePrecision {
  const images = joinImages(truths, detections);
  const classes = classAware ? presentClasses(truths) : [null];
  const thresholds = [0.5, 0.75, ...iouThresholds];
  const ranked = classes.map((classId) => {
    const ranking = rank(images, classId, thresholds, maxDetections);
    return {
      classId,
      ranking,
      values: ranking.hits.map((hits) => interpolatedMean(hits, ranking.boxes)),
    };
  });
  const boxes = truths.reduce((sum, truth) => sum + truth.boxes.length, 0);
  const byIou = iouThresholds.map((iou, t) => ({
    iou,
    // A class without boxes is not there to be averaged; class-agnostically there is one ranking, even an empty one.
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
      boxes: ranking.boxes,
      AP: mean(values.slice(2)),
      AP50: values[0],
      AP75: values[1],
      curve50: precisionRecall(ranking.scores, ranking.hits[0], ranking.boxes, 0.5),
    })),
    images: truths.length,
    boxes,
  };
}

/** Detections of all images by falling score, and for each IoU threshold whether each is a hit. */
interface Ranking {
  readonly scores: readonly number[];
  /** `[thresholds][detections]` */
  readonly hits: readonly (readonly boolean[])[];
  readonly boxes: number;
}

function rank(
  images: readonly EvaluatedImage[],
  classId: number | null,
  thresholds: readonly number[],
  maxDetections: number,
): Ranking {
  const rows: { score: number; hits: boolean[] }[] = [];
  let boxes = 0;
  for (const { truth, detections } of images) {
    const own = truth.boxes.filter((_, g) => classId === null || truth.classIds[g] === classId);
    boxes += own.length;
    const scores = detections.map((detection) => ({
      box: detection.box,
      score: scoreFor(detection, classId, truth.imageId),
    }));
    const scored = byFallingScore(scores).slice(0, maxDetections);
    const overlaps = overlapTable(
      scored.map(({ box }) => box),
      own,
    );
    const matches = thresholds.map((threshold) => matchDetections(overlaps, threshold));
    scored.forEach(({ score }, d) =>
      rows.push({
        score,
        hits: matches.map((match) => match[d] !== UNMATCHED),
      }),
    );
  }
  const ranked = byFallingScore(rows);
  return {
    scores: ranked.map(({ score }) => score),
    hits: thresholds.map((_, t) => ranked.map(({ hits }) => hits[t])),
    boxes,
  };
}

function scoreFor({ score, classProbabilities }: Detection, classId: number | null, imageId: string): number {
  if (classId === null) return score;
  if (classId >= classProbabilities.length) {
    throw new Error(
      `image '${imageId}' has a box of class ${classId}, but its detections know ${classProbabilities.length} classes only`,
    );
  }
  return score * classProbabilities[classId];
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
  for (let i = envelope.length - 2; i >= 0; i--) envelope[i] = Math.max(envelope[i], envelope[i + 1]);
  return { iou, score: scores, recall, precision, envelope };
}

/** Mean of the precision envelope at the 101 recalls; 0 at recalls that were not reached. */
function interpolatedMean(hits: readonly boolean[], boxes: number): number {
  if (!boxes) return NOTHING_TO_FIND;
  const { recall, envelope } = precisionRecall([], hits, boxes, 0);
  let sum = 0;
  let i = 0;
  for (const wanted of RECALLS) {
    while (i < recall.length && recall[i] < wanted) i++;
    if (i === recall.length) break;
    sum += envelope[i];
  }
  return sum / RECALLS.length;
}

function presentClasses(truths: readonly ImageTruth[]): number[] {
  return Array.from(new Set(truths.flatMap(({ classIds }) => classIds))).sort((a, b) => a - b);
}

function linspace(first: number, last: number, count: number): number[] {
  const step = (last - first) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? last : first + i * step));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
