/** Metrics of several folds as text. */
import { mean, sampleStandardDeviation } from "simple-statistics";
import type { Metrics } from "../metrics/metrics";

const DECIMALS = 3;

/** `mean ± standard deviation`, with `?` for a number that the values do not determine. */
export function spread(values: readonly number[]): string {
  const deviation =
    values.length > 1 ? sampleStandardDeviation([...values]).toFixed(DECIMALS) : "?";
  return `${values.length ? mean([...values]).toFixed(DECIMALS) : "?"} ± ${deviation}`;
}

/** Class-agnostic and class-aware AP50 and AP, for a line of output. */
export function metricsLine({ classAgnostic, classAware }: Metrics): string {
  const pair = ({ AP50, AP }: Metrics["classAware"]) =>
    `${AP50.toFixed(DECIMALS)}/${AP.toFixed(DECIMALS)}`;
  return `AP50/AP class-agnostic ${pair(classAgnostic)}, class-aware ${pair(classAware)}`;
}
