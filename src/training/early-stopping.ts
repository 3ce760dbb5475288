/** Which epoch is the best, and whether going on is worth it. */
import type { Metrics } from "../metrics/metrics";
import type { ValidationRecord } from "../runs/history";

/** Class-agnostic, since a class that can hardly be seen only adds noise. */
export const BEST_METRIC = "class-agnostic AP on the validation part";

export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
}

/** The figure by which one epoch is better than another. */
export function bestMetric(metrics: Metrics): number {
  return metrics.classAgnostic.AP;
}

/**
 * Early stopping (Prechelt 1998, section 2): the best epoch when the last `patience` validations
 * were none better, null while training should go on.
 * @param patience null never stops
 */
export function stoppedEarly(
  validations: readonly ValidationRecord[],
  patience: number | null,
): BestEpoch | null {
  if (patience === null || !validations.length) return null;
  const values = validations.map(({ metrics }) => bestMetric(metrics));
  const best = values.indexOf(Math.max(...values));
  if (validations.length - 1 - best < patience) return null;
  return { epoch: validations[best].epoch, value: values[best] };
}
