/**
 * The twelve figures that the COCO benchmark prints (cocodataset.org, 'Detection Evaluation'; Lin
 * et al. 2014): average precision, also by the size of the box, and average recall with one, ten
 * and a hundred detections an image. The numbers equal pycocotools'.
 */
import { mean } from "simple-statistics";
import type { ImageDetections, ImageGroundTruth } from "../types";
import {
  ApMetrics,
  COCO_IOU_THRESHOLDS,
  COCO_MAX_DETECTIONS,
  presentClasses,
} from "./average-precision";
import { joinImages } from "./matching";
import {
  AreaRange,
  interpolatedPrecision,
  NOTHING_TO_FIND,
  Ranking,
  rankByArea,
  recallOf,
} from "./ranking";

/**
 * Sides of the squares that part small from medium and medium from large boxes, in pixels of the
 * original image.
 */
const SMALL_SIDE = 32;
const LARGE_SIDE = 96;

/** A box right on a border belongs to both sizes, as in pycocotools. */
export const COCO_AREAS: Readonly<Record<BoxSize, AreaRange>> = {
  small: { min: 0, max: SMALL_SIDE ** 2 },
  medium: { min: SMALL_SIDE ** 2, max: LARGE_SIDE ** 2 },
  large: { min: LARGE_SIDE ** 2, max: Infinity },
};

export type BoxSize = "small" | "medium" | "large";

/** Each number is in [0, 1], or `NOTHING_TO_FIND` (-1) where there is no box of that size. */
export interface CocoMetrics extends ApMetrics {
  readonly APsmall: number;
  readonly APmedium: number;
  readonly APlarge: number;
  /**
   * Average recall: the part of the boxes that is found, mean over IoU 0.50 to 0.95, with one
   * detection an image (and class).
   */
  readonly AR1: number;
  readonly AR10: number;
  readonly AR100: number;
  /** With a hundred detections. */
  readonly ARsmall: number;
  readonly ARmedium: number;
  readonly ARlarge: number;
}

/**
 * @param truths every image that counts, those without boxes too; boxes in pixels of the original
 * image, or the sizes are wrong
 * @param detections in the same pixels; throws as `averagePrecision` does
 * @param options.classAware each figure is then the mean over the classes that have boxes (of that
 * size)
 */
export function cocoMetrics(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware }: { readonly classAware: boolean },
): CocoMetrics {
  const images = joinImages(groundTruths, detections);
  const classes = classAware ? presentClasses(groundTruths) : [null];
  const areas = [undefined, COCO_AREAS.small, COCO_AREAS.medium, COCO_AREAS.large];
  const rule = { iouThresholds: COCO_IOU_THRESHOLDS, maxDetections: COCO_MAX_DETECTIONS };
  const rankings = classes.map((classId) => rankByArea(images, { classId, ...rule }, areas));
  const [all, small, medium, large] = areas.map((_, a) => rankings.map((byArea) => byArea[a]));
  return {
    AP: averagePrecision(all),
    AP50: averagePrecision(all, [COCO_IOU_THRESHOLDS.indexOf(0.5)]),
    AP75: averagePrecision(all, [COCO_IOU_THRESHOLDS.indexOf(0.75)]),
    APsmall: averagePrecision(small),
    APmedium: averagePrecision(medium),
    APlarge: averagePrecision(large),
    AR1: averageRecall(all, 1),
    AR10: averageRecall(all, 10),
    AR100: averageRecall(all, COCO_MAX_DETECTIONS),
    ARsmall: averageRecall(small, COCO_MAX_DETECTIONS),
    ARmedium: averageRecall(medium, COCO_MAX_DETECTIONS),
    ARlarge: averageRecall(large, COCO_MAX_DETECTIONS),
  };
}

const ALL_THRESHOLDS = Array.from(COCO_IOU_THRESHOLDS.keys());

function averagePrecision(
  rankings: readonly Ranking[],
  thresholds: readonly number[] = ALL_THRESHOLDS,
): number {
  return meanOfPresent(
    rankings.flatMap((ranking) => thresholds.map((t) => interpolatedPrecision(ranking, t))),
  );
}

function averageRecall(rankings: readonly Ranking[], perImage: number): number {
  return meanOfPresent(
    rankings.flatMap((ranking) => ALL_THRESHOLDS.map((t) => recallOf(ranking, t, perImage))),
  );
}

/** The mean over classes and thresholds, without the classes that have no such box. */
export function meanOfPresent(values: readonly number[]): number {
  const present = values.filter((value) => value !== NOTHING_TO_FIND);
  return present.length ? mean(present) : NOTHING_TO_FIND;
}
