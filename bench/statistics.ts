/**
 * Statistics of a few noisy measurements: medians, because one interruption does not change them.
 */
import { median, quantile } from "simple-statistics";

/** One round: the milliseconds of each iteration of both sides, measured one after the other. */
export interface Round {
  readonly ours: readonly number[];
  readonly reference: readonly number[];
}

/** The times of both sides over all rounds. */
export interface Summary {
  readonly oursMs: number;
  readonly referenceMs: number;
  /** This project's time divided by the reference's: below 1 this project is faster. */
  readonly ratio: number;
  /** Quartiles of the ratios of the rounds: if they are far apart, the ratio is unreliable. */
  readonly ratioQuartiles: readonly [number, number];
}

/**
 * The median over rounds of the median of each round, and the ratio.
 * @throws when a side was not measured
 */
export function summarize(rounds: readonly Round[]): Summary {
  const empty = rounds.findIndex(({ ours, reference }) => !ours.length || !reference.length);
  if (!rounds.length || empty >= 0)
    throw new Error(`round ${empty + 1} of ${rounds.length} has nothing measured`);
  const ourMedians = rounds.map(({ ours }) => median([...ours]));
  const referenceMedians = rounds.map(({ reference }) => median([...reference]));
  const ratios = ourMedians.map((value, i) => value / referenceMedians[i]);
  const oursMs = median(ourMedians);
  const referenceMs = median(referenceMedians);
  return {
    oursMs,
    referenceMs,
    ratio: oursMs / referenceMs,
    ratioQuartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

/**
 * The exponent k of the power law `cost = a * size^k` that fits best on logarithmic scales.
 * @throws when there are fewer than two different sizes
 */
export function growthExponent(sizes: readonly number[], costs: readonly number[]): number {
  const x = sizes.map(Math.log);
  const y = costs.map(Math.log);
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  if (!(spread > 0)) throw new Error("an exponent needs at least two different sizes");
  return x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0) / spread;
}
