/**
 * How sure an epoch's average precision is, quickly enough for every validation: the bootstrap
 * over patients of `bootstrap.ts`, of AP alone.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { COCO_IOU_THRESHOLDS, COCO_MAX_DETECTIONS } from "./average-precision";
import { type Interval, patientResamples, percentileInterval } from "./bootstrap";
import { imagesByPatient } from "./summary-metrics";
import { joinImages } from "./matching";
import { interpolatedPrecision, NOTHING_TO_FIND, rankDetections } from "./ranking";

/**
 * Fewer than a report's: this is drawn, not quoted, and the ends of an interval are then sure to
 * about a tenth of its width.
 */
const RESAMPLES = 200;
const CONFIDENCE = 0.95;
const AP50 = COCO_IOU_THRESHOLDS.indexOf(0.5);

/** 95 % intervals, class-agnostic. */
export interface APIntervals {
  readonly AP: Interval;
  readonly AP50: Interval;
  readonly patients: number;
}

/**
 * Class-agnostic AP and AP50 with other patients of the same kind; ends are null with fewer than
 * two patients. Same seed, same intervals. Throws as `averagePrecision` does.
 * @param truths every image that counts; detections' boxes in the same pixels
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
  const patients = imagesByPatient(groundTruths).size;
  const drawn: (number | null)[][] = [];
  // With one patient every resample is the same, and an interval without width would be taken for
  // certainty.
  for (const weights of patients > 1 ? patientResamples(groundTruths, { seed, resamples }) : []) {
    const byIou = COCO_IOU_THRESHOLDS.map((_, t) => interpolatedPrecision(ranking, t, weights));
    const exists = byIou[0] !== NOTHING_TO_FIND;
    drawn.push([
      exists ? byIou.reduce((sum, ap) => sum + ap, 0) / byIou.length : null,
      exists ? byIou[AP50] : null,
    ]);
  }
  return {
    AP: percentileInterval(
      drawn.map(([ap]) => ap),
      CONFIDENCE,
    ),
    AP50: percentileInterval(
      drawn.map(([, ap50]) => ap50),
      CONFIDENCE,
    ),
    patients,
  };
}
