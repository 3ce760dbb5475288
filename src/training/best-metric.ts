/** The figure by which one epoch is better than another: class-agnostic, since a class that cannot be seen only adds noise. */
import type { Metrics } from "../evaluation/metrics";

export const BEST_METRIC = "class-agnostic AP on the validation part";

export function bestMetric(metrics: Metrics): number {
  return metrics.classAgnostic.AP;
}
