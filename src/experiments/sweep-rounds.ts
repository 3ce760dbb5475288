/**
 * Successive halving (Jamieson and Talwalkar 2016, algorithm 1): all trials are trained for some
 * epochs, the best ones go on, and so forth.
 */
import { bestMetric } from "../training/early-stopping";
import type { Metrics } from "../metrics/metrics";
import { meanOfPresent } from "../metrics/mean-of-present";

/**
 * The number of epochs after each round: the last one has all of them, and each round before it has
 * them divided by `factor` once more.
 * @param epochs of the whole training
 */
export function roundEpochs(
  epochs: number,
  { rounds, factor }: { readonly rounds: number; readonly factor: number },
): number[] {
  const all = Array.from({ length: rounds }, (_, i) =>
    Math.max(1, Math.round(epochs / factor ** (rounds - 1 - i))),
  );
  // Short trainings have fewer rounds.
  return [...new Set(all)];
}

/** How many of the trials of a round go on. */
export function survivorCount(trials: number, factor: number): number {
  return Math.ceil(trials / factor);
}

/** The metrics of one trial on every fold, after a round. */
export interface TrialRound {
  /** Number of the trial. */
  readonly trial: number;
  readonly metrics: readonly Metrics[];
}

/** What a trial is judged by: the mean of the metric over folds; null without boxes. */
export function trialScore(metrics: readonly Metrics[]): number | null {
  return meanOfPresent(metrics.map(bestMetric));
}

/** The trials of a round, from the best to the worst. Of equal ones, the first drawn is better. */
export function ranked(trials: readonly TrialRound[]): TrialRound[] {
  const score = ({ metrics }: TrialRound) => trialScore(metrics) ?? -1;
  return [...trials].sort((a, b) => score(b) - score(a) || a.trial - b.trial);
}
