/**
 * The twelve metrics that the COCO benchmark prints (cocodataset.org, 'Detection Evaluation'; Lin
 * et al. 2014): average precision, also by box size, and average recall with 1, 10 and 100
 * detections for each image. The numbers equal those of pycocotools, which writes -1 for null.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import {
  type ApMetrics,
  COCO_IOU_THRESHOLDS,
  COCO_MAX_DETECTIONS,
  presentClasses,
} from "./average-precision";
import { joinImages } from "./matching";
import { meanOfPresent } from "./mean-of-present";
import {
  type AreaRange,
  interpolatedPrecision,
  type Ranking,
  rankByArea,
  recallOf,
} from "./ranking";

/** Sides, in pixels of the original image, of the squares between two size ranges. */
const SMALL_SIDE = 32;
const LARGE_SIDE = 96;

export type BoxSize = "small" | "medium" | "large";

/** The area range of each size. A box at a border belongs to both sizes, as in pycocotools. */
export const COCO_AREAS: Readonly<Record<BoxSize, AreaRange>> = {
  small: { min: 0, max: SMALL_SIDE ** 2 },
  medium: { min: SMALL_SIDE ** 2, max: LARGE_SIDE ** 2 },
  large: { min: LARGE_SIDE ** 2, max: Infinity },
};

/** Metrics in [0, 1]; null when there is no box, or no box of this size, to find. */
export interface CocoMetrics extends ApMetrics {
  readonly APsmall: number | null;
  readonly APmedium: number | null;
  readonly APlarge: number | null;
  /**
   * Average recall with one detection for each image (and class): the share of the boxes that is
   * found, averaged over the IoU thresholds 0.50 to 0.95.
   */
  readonly AR1: number | null;
  readonly AR10: number | null;
  readonly AR100: number | null;
  /** With 100 detections. */
  readonly ARsmall: number | null;
  readonly ARmedium: number | null;
  readonly ARlarge: number | null;
}

/**
 * The twelve metrics of COCO.
 * @param groundTruths all evaluated images, also those without boxes. Boxes have to be in pixels of
 * the original image, because the sizes depend on it
 * @param detections boxes in the same pixels
 * @param options the reading
 * @param options.classAware each metric is then the mean over the classes that have boxes (of this
 * size)
 * @throws as `averagePrecision` does
 * @example
 * const { APsmall, AR10 } = cocoMetrics(test.groundTruths(), detections, { classAware: false });
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

/** @param thresholds indices into the IoU thresholds of the rankings */
function averagePrecision(
  rankings: readonly Ranking[],
  thresholds: readonly number[] = ALL_THRESHOLDS,
): number | null {
  return meanOfPresent(
    rankings.flatMap((ranking) => thresholds.map((t) => interpolatedPrecision(ranking, t))),
  );
}

function averageRecall(rankings: readonly Ranking[], perImage: number): number | null {
  return meanOfPresent(
    rankings.flatMap((ranking) => ALL_THRESHOLDS.map((t) => recallOf(ranking, t, { perImage }))),
  );
}
