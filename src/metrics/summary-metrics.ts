/**
 * The registry of the summary metrics. Intervals, tables, the model card and the comparison of runs
 * take their metrics from here, so that a new metric needs only a line in `SUMMARY_METRIC_GROUPS`.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { joinImages } from "./matching";
import type { ImageWeights } from "./ranking";
import { summaryAtThreshold } from "./summary-at-threshold";
import { summaryAveragePrecision } from "./summary-average-precision";
import { summaryFroc } from "./summary-froc";
import { summaryImageAuc } from "./summary-image-auc";
import type { JudgedRun, SummaryMetric, SummaryMetricGroup } from "./summary-metric";

export type { JudgedRun, SummaryMetric, SummaryMetricGroup } from "./summary-metric";

/** In the order in which they are shown. Metrics are class-agnostic unless their names say more. */
export const SUMMARY_METRIC_GROUPS: readonly SummaryMetricGroup[] = [
  summaryAveragePrecision("class-agnostic"),
  summaryAveragePrecision("class-aware"),
  summaryFroc,
  summaryAtThreshold,
  summaryImageAuc,
];

/** The value of each metric by its name; null for a metric that does not exist. */
export type SummaryValues = Readonly<Record<string, number | null>>;

/** The metrics of the registry, each with whether it depends on the score threshold. */
export function summaryMetrics(): (SummaryMetric & { readonly atThreshold: boolean })[] {
  return SUMMARY_METRIC_GROUPS.flatMap(({ metrics, atThreshold = false }) =>
    metrics.map((metric) => ({ ...metric, atThreshold })),
  );
}

/** Why a metric is null, such as `no boxes`. */
export function absenceOf(name: string): string {
  return summaryMetrics().find((metric) => metric.name === name)?.absence ?? "it does not exist";
}

/**
 * Prepares the summary metrics of a result: matches detections to boxes once.
 * @param groundTruths all evaluated images
 * @param run boxes in the same pixels as the ground truth
 * @returns a function that computes the metrics for images that count once (null), or as often as
 * their weights say. All images of a patient have to have the same weight
 * @throws as `averagePrecision` does
 */
export function prepareSummary(
  groundTruths: readonly ImageGroundTruth[],
  run: JudgedRun,
): (weights?: ImageWeights) => SummaryValues {
  return prepareGroups(SUMMARY_METRIC_GROUPS, groundTruths, run);
}

/**
 * The summary metrics that need no score threshold. A comparison of runs shows these: it has no
 * other images on which it could choose a threshold.
 * @param options.classAware as in `JudgedRun`
 * @throws as `averagePrecision` does
 */
export function summaryWithoutThreshold(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware = true }: { readonly classAware?: boolean } = {},
): SummaryValues {
  const groups = SUMMARY_METRIC_GROUPS.filter(({ atThreshold }) => !atThreshold);
  return prepareGroups(groups, groundTruths, { detections, scoreThreshold: 0, classAware })();
}

function prepareGroups(
  groups: readonly SummaryMetricGroup[],
  groundTruths: readonly ImageGroundTruth[],
  { detections, scoreThreshold, classAware = true }: JudgedRun,
): (weights?: ImageWeights) => SummaryValues {
  const images = joinImages(groundTruths, detections);
  const prepared = groups.map(({ metrics, prepare }) => ({
    metrics,
    valuesOf: prepare({ images, groundTruths, scoreThreshold, classAware }),
  }));
  return (weights = null) =>
    Object.fromEntries(
      prepared.flatMap(({ metrics, valuesOf }) => {
        const values = valuesOf(weights);
        return metrics.map(({ name }, i) => [name, values[i]]);
      }),
    );
}
