/**
 * Intervals of average precision that are quick enough for every validation: the bootstrap over
 * patients of `bootstrap.ts`, for class-agnostic AP alone.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { COCO_IOU_THRESHOLDS, COCO_MAX_DETECTIONS } from "./average-precision";
import { type Interval, patientResamples, percentileInterval } from "./bootstrap";
import { type DrawnUnits, drawnUnits } from "./images-by-patient";
import { joinImages } from "./matching";
import { interpolatedPrecision, rankDetections } from "./ranking";

/**
 * Fewer than in a report, because these intervals are only plotted. Their ends are then uncertain
 * by about a tenth of their width.
 */
const RESAMPLES = 200;
const CONFIDENCE = 0.95;
const AP50 = COCO_IOU_THRESHOLDS.indexOf(0.5);

/** 95 % intervals of class-agnostic metrics. */
export interface APIntervals extends DrawnUnits {
  readonly AP: Interval;
  readonly AP50: Interval;
}

/**
 * The intervals in which class-agnostic AP and AP50 would lie with other patients of the same kind.
 * The same seed gives the same intervals.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options the seed, and the number of resamples (200 by default)
 * @returns intervals whose ends are null when there are fewer than two patients, or no box to find
 * @throws as `averagePrecision` does
 * @example
 * const { AP50 } = apIntervals(test.groundTruths(), detections, { seed: 1 });
 */
export function apIntervals(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { seed, resamples = RESAMPLES }: { readonly seed: number; readonly resamples?: number },
): APIntervals {
  const ranking = rankDetections(joinImages(groundTruths, detections), {
    classId: null,
    iouThresholds: COCO_IOU_THRESHOLDS,
    maxDetections: COCO_MAX_DETECTIONS,
  });
  const units = drawnUnits(groundTruths);
  const drawn: { readonly AP: number; readonly AP50: number }[] = [];
  // With one patient all resamples are equal: the interval would have no width and look certain.
  for (const weights of units.patients > 1
    ? patientResamples(groundTruths, { seed, resamples })
    : []) {
    const byIou = COCO_IOU_THRESHOLDS.map((_, t) => interpolatedPrecision(ranking, t, weights));
    // Without boxes in the resample, all values are null.
    const present = byIou.filter((ap): ap is number => ap !== null);
    if (!present.length) continue;
    drawn.push({
      AP: present.reduce((sum, ap) => sum + ap, 0) / present.length,
      AP50: present[AP50],
    });
  }
  return {
    AP: percentileInterval(
      drawn.map((aps) => aps.AP),
      CONFIDENCE,
    ),
    AP50: percentileInterval(
      drawn.map((aps) => aps.AP50),
      CONFIDENCE,
    ),
    ...units,
  };
}
