/** Chooses the best epoch, and decides whether training stops early. */
import type { Metrics } from "../metrics/metrics";
import type { ValidationRecord } from "../runs/history";

/** Class-agnostic, because the classes of some tumors can hardly be seen and would add noise. */
export const BEST_METRIC = "class-agnostic AP on the validation part";

export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
}

/** The metric that compares epochs; null when the validation part has no boxes. */
export function bestMetric(metrics: Metrics): number | null {
  return metrics.classAgnostic.AP;
}

/**
 * Early stopping (Prechelt 1998, section 2). Validations without the metric take no part.
 * @param patience training stops after so many validations that are not better than the best one;
 * null never stops it
 * @returns the best epoch when training stops, null while it goes on
 */
export function stoppedEarly(
  validations: readonly ValidationRecord[],
  patience: number | null,
): BestEpoch | null {
  const epochs = validations.flatMap(({ epoch, metrics }): BestEpoch[] => {
    const value = bestMetric(metrics);
    return value === null ? [] : [{ epoch, value }];
  });
  if (patience === null || !epochs.length) return null;
  const values = epochs.map(({ value }) => value);
  const best = values.indexOf(Math.max(...values));
  return epochs.length - 1 - best < patience ? null : epochs[best];
}
