/**
 * Everything that `npm run evaluate` reports of a detector on a set of images. The report, the
 * model card and evaluation.json are made from it.
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
  /** Choose it on other images, with `chooseThreshold`. */
  readonly scoreThreshold: number;
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** From `boxContrasts`: how much brighter than their surroundings the tumors are. */
  readonly contrasts?: ReadonlyMap<string, readonly number[]>;
  /** As in `JudgedRun`; true by default. */
  readonly classAware?: boolean;
}

export interface Evaluation {
  readonly metrics: Metrics;
  readonly scoreThreshold: number;
  readonly counts: Counts;
  readonly intervals: SummaryIntervals;
  /** At `HIT_IOU` and at `LOOSE_IOU`; null without boxes. */
  readonly froc: readonly (Froc | null)[];
  /** Null unless there are both images with boxes and images without. */
  readonly imageRoc: ImageRoc | null;
  readonly patients: PatientFindings;
  readonly reliability: Reliability;
  /** Class-agnostic first, then class-aware, if the detector has the classes of the boxes. */
  readonly errorTypes: readonly ErrorTypes[];
  readonly recallByFactor: RecallByFactor;
}

/**
 * Evaluates detections.
 * @param groundTruths all evaluated images; boxes in pixels of the original images
 * @param detections boxes in the same pixels
 * @param options class names, score threshold, seed, and contrasts if there are any
 * @throws as `computeMetrics` does
 * @example
 * const options = { classNames: test.classNames, scoreThreshold: 0.5, seed: 1 };
 * const { metrics, intervals } = evaluate(test.groundTruths(), detections, options);
 */
export function evaluate(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classNames, scoreThreshold, seed, contrasts, classAware = true }: EvaluationOptions,
): Evaluation {
  return {
    metrics: computeMetrics(groundTruths, detections, classNames, { classAware }),
    scoreThreshold,
    counts: countsAtThreshold(groundTruths, detections, {
      scoreThreshold,
      classCount: classNames.length,
    }),
    intervals: summaryIntervals(groundTruths, { detections, scoreThreshold, classAware }, { seed }),
    froc: [froc(groundTruths, detections), froc(groundTruths, detections, { iou: LOOSE_IOU })],
    imageRoc: imageRoc(groundTruths, detections),
    patients: patientFindings(groundTruths, detections, { scoreThreshold }),
    reliability: reliability(scoredOutcomes(groundTruths, detections)),
    errorTypes: [false, ...(classAware ? [true] : [])].map((aware) =>
      errorTypes(groundTruths, detections, { classAware: aware, scoreThreshold }),
    ),
    recallByFactor: recallByFactor(groundTruths, detections, { scoreThreshold, contrasts }),
  };
}
