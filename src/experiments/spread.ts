/** Metrics of several folds as text. */
import { mean, sampleStandardDeviation } from "simple-statistics";
import { metricText } from "../metrics/metric-text";
import type { Metrics } from "../metrics/metrics";

/**
 * `mean ± standard deviation` of the values that are not null. `?` takes the place of the mean when
 * there is no value, and of the standard deviation when there are fewer than two.
 */
export function spread(values: readonly (number | null)[]): string {
  const present = values.filter((value): value is number => value !== null);
  const deviation = present.length > 1 ? metricText(sampleStandardDeviation(present)) : "?";
  return `${present.length ? metricText(mean(present)) : "?"} ± ${deviation}`;
}

/** Class-agnostic and class-aware AP50 and AP, for a line of output. */
export function metricsLine({ classAgnostic, classAware }: Metrics): string {
  const pair = ({ AP50, AP }: Metrics["classAware"]) => `${metricText(AP50)}/${metricText(AP)}`;
  return `AP50/AP class-agnostic ${pair(classAgnostic)}, class-aware ${pair(classAware)}`;
}
