/**
 * How far the summary metrics would move with other patients: confidence intervals by the bootstrap
 * (Efron and Tibshirani 1993, chapter 13, percentile intervals). Each resample draws whole
 * patients, with all their slices, because the slices of one patient are alike (Rutter 2000,
 * 'Bootstrap estimation of diagnostic accuracy with patient-clustered data'). Where patients are
 * not known, it draws whole groups of images that are alike.
 *
 * The intervals hold for the detector as it is. Another training, with another seed, would add its
 * own variation. With ten patients or fewer, percentile intervals are known to be somewhat too
 * narrow. A metric that is 1 in every patient is 1 in every resample, and its interval has no
 * width. If all of n patients went well, up to a share of 3 / n of other patients may still not
 * (the rule of three).
 */
import { quantileSorted } from "simple-statistics";
import { Random } from "../util/random";
import type { ImageGroundTruth } from "../types";
import { type DrawnUnits, drawnUnits, imagesByPatient } from "./images-by-patient";
import {
  type JudgedRun,
  prepareSummary,
  summaryMetrics,
  type SummaryValues,
} from "./summary-metrics";

export type { JudgedRun } from "./summary-metrics";

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;

export interface BootstrapOptions {
  /** The same seed gives the same intervals. */
  readonly seed: number;
  /** 1000 by default. */
  readonly resamples?: number;
  /** 0.95 by default. */
  readonly confidence?: number;
}

/**
 * The ends of an interval. They are null when there are fewer than two patients, so that nothing
 * varies, and when the metric exists in no resample.
 */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
  /** Number of resamples in which the metric exists. */
  readonly resamples: number;
}

export interface SummaryInterval extends Interval {
  readonly name: string;
  /** Of the images as they are. Null when the metric does not exist: see `absenceOf`. */
  readonly value: number | null;
}

/** How intervals were made, so that they can be made again. */
interface Bootstrapped extends DrawnUnits {
  readonly images: number;
  readonly seed: number;
  readonly resamples: number;
  readonly confidence: number;
}

export interface SummaryIntervals extends Bootstrapped {
  /** The metrics at the threshold depend on it. */
  readonly scoreThreshold: number;
  /** The metrics, in the order of the registry; `evaluation.json` names them so. */
  readonly figures: readonly SummaryInterval[];
}

export interface PairedDifference extends Interval {
  readonly name: string;
  readonly first: number | null;
  readonly second: number | null;
  /**
   * Second minus first; `low` and `high` are its interval. An interval that contains 0 shows no
   * difference.
   */
  readonly difference: number | null;
  /**
   * Share of the resamples in which the second run is the better one; equal ones count half. Null
   * without resamples.
   */
  readonly secondBetter: number | null;
}

export interface PairedComparison extends Bootstrapped {
  /** Of the first and of the second run. */
  readonly scoreThresholds: readonly [number, number];
  /** The metrics, in the order of the registry. */
  readonly figures: readonly PairedDifference[];
}

/**
 * The summary metrics with their intervals.
 * @param groundTruths all evaluated images
 * @param run boxes in the same pixels as the ground truth
 * @throws when an option is out of its range, and as `averagePrecision` does
 * @example
 * const run = { detections, scoreThreshold: 0.5 };
 * const { figures: metrics } = summaryIntervals(test.groundTruths(), run, { seed: 1 });
 */
export function summaryIntervals(
  groundTruths: readonly ImageGroundTruth[],
  run: JudgedRun,
  options: BootstrapOptions,
): SummaryIntervals {
  const summary = prepareSummary(groundTruths, run);
  const values = summary();
  const { drawn, settings } = draw(groundTruths, options, summary);
  return {
    ...settings,
    scoreThreshold: run.scoreThreshold,
    figures: summaryMetrics().map(({ name }) => {
      const resampled = drawn.map((resample) => resample[name]);
      return { name, value: values[name], ...percentileInterval(resampled, settings.confidence) };
    }),
  };
}

/**
 * Compares two runs on the same images. Each resample evaluates both runs on the same patients, so
 * that the difficulty of the images cancels out.
 * @param groundTruths all evaluated images
 * @param runs the first and the second run; boxes in the same pixels as the ground truth
 * @throws as `summaryIntervals` does
 * @example
 * const comparison = compareSummaries(test.groundTruths(), [before, after], { seed: 1 });
 */
export function compareSummaries(
  groundTruths: readonly ImageGroundTruth[],
  runs: readonly [JudgedRun, JudgedRun],
  options: BootstrapOptions,
): PairedComparison {
  const summaries = runs.map((run) => prepareSummary(groundTruths, run));
  const [first, second] = summaries.map((summary) => summary());
  const { drawn, settings } = draw(groundTruths, options, (weights) =>
    summaries.map((summary) => summary(weights)),
  );
  return {
    ...settings,
    scoreThresholds: [runs[0].scoreThreshold, runs[1].scoreThreshold],
    figures: summaryMetrics().map(({ name }) => {
      const differences = drawn.map(([a, b]) => difference(a, b, name));
      const present = differences.filter((value): value is number => value !== null);
      const better = present.reduce(
        (sum, value) => sum + (value > 0 ? 1 : value === 0 ? 1 / 2 : 0),
        0,
      );
      return {
        name,
        first: first[name],
        second: second[name],
        difference: difference(first, second, name),
        ...percentileInterval(differences, settings.confidence),
        secondBetter: present.length ? better / present.length : null,
      };
    }),
  };
}

/**
 * The interval that contains the middle of the values. Values that are null are left out.
 * @param confidence share of the values inside, in (0, 1)
 */
export function percentileInterval(
  values: readonly (number | null)[],
  confidence: number,
): Interval {
  const sorted = values.filter((value): value is number => value !== null).sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return {
    low: sorted.length ? quantileSorted(sorted, tail) : null,
    high: sorted.length ? quantileSorted(sorted, 1 - tail) : null,
    resamples: sorted.length,
  };
}

/**
 * Draws as many patients as there are, with repetition, once for each resample. The order of the
 * images does not change which patients are drawn.
 * @returns for each resample how often each image counts, in the order of the ground truth
 */
export function* patientResamples(
  groundTruths: readonly ImageGroundTruth[],
  { seed, resamples = RESAMPLES }: Pick<BootstrapOptions, "seed" | "resamples">,
): Generator<Uint32Array> {
  const random = new Random(seed);
  const images = Array.from(imagesByPatient(groundTruths).values());
  for (let i = 0; i < resamples; i++) {
    const weights = new Uint32Array(groundTruths.length);
    for (let k = 0; k < images.length; k++) {
      for (const image of images[random.integer(images.length)]) weights[image]++;
    }
    yield weights;
  }
}

function draw<T>(
  groundTruths: readonly ImageGroundTruth[],
  { seed, resamples = RESAMPLES, confidence = CONFIDENCE }: BootstrapOptions,
  evaluate: (weights: Uint32Array) => T,
): { drawn: T[]; settings: Bootstrapped } {
  if (!(confidence > 0 && confidence < 1)) {
    throw new Error(
      `the confidence is ${confidence}: it has to lie between 0 and 1, such as ${CONFIDENCE}`,
    );
  }
  if (!(Number.isInteger(resamples) && resamples > 0)) {
    throw new Error(
      `the number of resamples is ${resamples}: it has to be a whole number above 0, such as ${RESAMPLES}`,
    );
  }
  const units = drawnUnits(groundTruths);
  const drawn: T[] = [];
  // With one patient all resamples are equal: the interval would have no width and look certain.
  if (units.patients > 1) {
    for (const weights of patientResamples(groundTruths, { seed, resamples }))
      drawn.push(evaluate(weights));
  }
  return {
    drawn,
    settings: { images: groundTruths.length, ...units, seed, resamples, confidence },
  };
}

function difference(first: SummaryValues, second: SummaryValues, name: string): number | null {
  const [a, b] = [first[name], second[name]];
  return a === null || b === null ? null : b - a;
}
