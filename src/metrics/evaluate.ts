/**
 * All that `npm run evaluate` says of a detector on a set of images, in one object: the report,
 * the model card and metrics.json are made from it.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { type SummaryIntervals, summaryIntervals } from "./bootstrap";
import { type Reliability, reliability, scoredOutcomes } from "./calibration";
import { type ErrorTypes, errorTypes } from "./error-types";
import { type RecallByFactor, recallByFactor } from "./recall-by-factor";
import { type Froc, froc, LOOSE_IOU } from "./froc";
import { type ImageRoc, imageRoc } from "./image-roc";
import { computeMetrics, type Metrics } from "./metrics";
import { type Counts, countsAtThreshold } from "./operating-point";
import { type PatientFindings, patientFindings } from "./patient-findings";

export interface EvaluationOptions {
  readonly classNames: readonly string[];
  /** Chosen on other images where there are any. */
  readonly scoreThreshold: number;
  /** Of the bootstrap. */
  readonly seed: number;
  /** From `boxContrasts`: how bright the tumors are. */
  readonly contrasts?: ReadonlyMap<string, readonly number[]>;
}

export interface Evaluation {
  readonly metrics: Metrics;
  readonly scoreThreshold: number;
  readonly counts: Counts;
  readonly intervals: SummaryIntervals;
  /** At the IoU of a hit and at `LOOSE_IOU`; null without images or boxes. */
  readonly froc: readonly (Froc | null)[];
  /** Null unless there are images with boxes and images without. */
  readonly imageRoc: ImageRoc | null;
  readonly patients: PatientFindings;
  readonly reliability: Reliability;
  /** Class-agnostic and class-aware. */
  readonly errorTypes: readonly ErrorTypes[];
  readonly recallByFactor: RecallByFactor;
}

/**
 * Judges detections; boxes of both in pixels of the original images. Throws as `computeMetrics`
 * does.
 */
export function evaluate(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classNames, scoreThreshold, seed, contrasts }: EvaluationOptions,
): Evaluation {
  return {
    metrics: computeMetrics(groundTruths, detections, classNames),
    scoreThreshold,
    counts: countsAtThreshold(groundTruths, detections, {
      scoreThreshold,
      classCount: classNames.length,
    }),
    intervals: summaryIntervals(groundTruths, { detections, scoreThreshold }, { seed }),
    froc: [froc(groundTruths, detections), froc(groundTruths, detections, { iou: LOOSE_IOU })],
    imageRoc: imageRoc(groundTruths, detections),
    patients: patientFindings(groundTruths, detections, { scoreThreshold }),
    reliability: reliability(scoredOutcomes(groundTruths, detections)),
    errorTypes: [false, true].map((classAware) =>
      errorTypes(groundTruths, detections, { classAware, scoreThreshold }),
    ),
    recallByFactor: recallByFactor(groundTruths, detections, { scoreThreshold, contrasts }),
  };
}
