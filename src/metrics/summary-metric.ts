/**
 * The interface of the summary metrics: the few numbers that sum up a result. A new one is one file
 * that exports a `SummaryMetricGroup`, and one line in `summary-metrics.ts`.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import type { EvaluatedImage } from "./matching";
import type { ImageWeights } from "./ranking";

/** Detections with the score threshold that was chosen for them on other images. */
export interface JudgedRun {
  readonly detections: readonly ImageDetections[];
  readonly scoreThreshold: number;
  /**
   * False if the detector does not have the classes of the boxes: class-aware metrics are null
   * then.
   */
  readonly classAware?: boolean;
}

/** What summary metrics are computed from. */
export interface JudgedImages {
  /** Ground truth and detections of each image. */
  readonly images: readonly EvaluatedImage[];
  readonly groundTruths: readonly ImageGroundTruth[];
  readonly scoreThreshold: number;
  readonly classAware: boolean;
}

/** One metric in [0, 1]. A higher value is better. */
export interface SummaryMetric {
  /** As tables and figures name it, such as `class-agnostic AP50`. */
  readonly name: string;
  /** Why the metric does not exist when its value is null, such as `no boxes`. */
  readonly absence: string;
}

/** Metrics that are computed together; often only one. */
export interface SummaryMetricGroup {
  readonly metrics: readonly SummaryMetric[];
  /** Whether they depend on the score threshold. */
  readonly atThreshold?: boolean;
  /**
   * Matches detections to boxes once. The returned function computes the values, in the order of
   * `metrics`, for images that count as often as their weights say. The bootstrap calls it a
   * thousand times.
   */
  readonly prepare: (judged: JudgedImages) => (weights: ImageWeights) => readonly (number | null)[];
}

/** Why metrics of found boxes do not exist. */
export const NO_BOXES = "no boxes";
