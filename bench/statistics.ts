/** What a few noisy measurements say: medians, since one interruption must not move them. */
import { median, quantile } from "simple-statistics";

/** One round: each side's iterations, in milliseconds, measured right after one another. */
export interface Round {
  readonly ours: readonly number[];
  readonly reference: readonly number[];
}

export interface Summary {
  readonly oursMs: number;
  readonly referenceMs: number;
  /** Ours over the reference's: below 1 is faster. */
  readonly ratio: number;
  /** Quartiles of the rounds' own ratios: how far to trust it. */
  readonly ratioQuartiles: readonly [number, number];
}

/**
 * The median over rounds of each round's median, and their ratio. Throws when a side was not
 * measured.
 */
export function summarize(rounds: readonly Round[]): Summary {
  const empty = rounds.findIndex(({ ours, reference }) => !ours.length || !reference.length);
  if (!rounds.length || empty >= 0)
    throw new Error(`round ${empty + 1} of ${rounds.length} has nothing measured`);
  const own = rounds.map(({ ours }) => median([...ours]));
  const other = rounds.map(({ reference }) => median([...reference]));
  const ratios = own.map((value, i) => value / other[i]);
  const oursMs = median(own);
  const referenceMs = median(other);
  return {
    oursMs,
    referenceMs,
    ratio: oursMs / referenceMs,
    ratioQuartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

/**
 * The exponent k of the power law `cost = a * size^k` that fits best on logarithmic scales; at
 * least two sizes.
 */
export function growthExponent(sizes: readonly number[], costs: readonly number[]): number {
  const x = sizes.map(Math.log);
  const y = costs.map(Math.log);
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  if (!(spread > 0)) throw new Error("an exponent wants at least two different sizes");
  return x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0) / spread;
}
