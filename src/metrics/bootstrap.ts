/**
 * How far the headline figures would move with other patients: confidence intervals by the
 * bootstrap (Efron and Tibshirani 1993, chapter 13, percentile intervals). Whole patients are
 * drawn, with all of their slices, since slices of one patient are alike (Rutter 2000, 'Bootstrap
 * estimation of diagnostic accuracy with patient-clustered data').
 *
 * What they hold: the images judged, with the detector as it is. What another training with another
 * seed would change comes on top. With ten patients or fewer, percentile intervals are known to be
 * somewhat too narrow; and where a figure is 1 in every patient, so it is in every resample, and
 * the interval has no width: of n patients who all went well, up to 3 / n of others may still not
 * (the rule of three).
 */
import { quantileSorted } from "simple-statistics";
import { Random } from "../util/random";
import type { ImageDetections, ImageGroundTruth } from "../types";
import {
  SummaryMetric,
  SummaryMetrics,
  SUMMARY_METRICS,
  SummaryValues,
  imagesByPatient,
} from "./summary-metrics";

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;

export interface BootstrapOptions {
  /** Same seed, same intervals. */
  readonly seed: number;
  /** 1000 by default. */
  readonly resamples?: number;
  /** 0.95 by default. */
  readonly confidence?: number;
}

/**
 * Null where there are fewer than two patients, so that nothing varies, or where the figure exists
 * in no resample.
 */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
  /** In how many resamples the figure existed. */
  readonly resamples: number;
}

export interface SummaryInterval extends Interval {
  readonly name: SummaryMetric;
  /** On the images as they are; null where the figure does not exist. */
  readonly value: number | null;
}

/** How the intervals were made, for whoever repeats them. */
interface Bootstrapped {
  readonly images: number;
  readonly patients: number;
  readonly seed: number;
  readonly resamples: number;
  readonly confidence: number;
}

export interface SummaryIntervals extends Bootstrapped {
  /** What sensitivity, precision and patient sensitivity depend on. */
  readonly scoreThreshold: number;
  /** In the order of `HEADLINES`. */
  readonly figures: readonly SummaryInterval[];
}

/** Detections with the threshold that was chosen for them, on other images. */
export interface JudgedRun {
  readonly detections: readonly ImageDetections[];
  readonly scoreThreshold: number;
}

export interface PairedDifference extends Interval {
  readonly name: SummaryMetric;
  readonly first: number | null;
  readonly second: number | null;
  /**
   * Second minus first, and `low` and `high` its interval: one that holds 0 tells of no
   * difference.
   */
  readonly difference: number | null;
  /**
   * Part of the resamples in which the second is the higher one; equal ones count half. Null
   * without resamples.
   */
  readonly secondBetter: number | null;
}

export interface PairedComparison extends Bootstrapped {
  /** Of the first and the second run. */
  readonly scoreThresholds: readonly [number, number];
  readonly figures: readonly PairedDifference[];
}

/**
 * The headline figures with their intervals.
 * @param truths every image that counts; detections' boxes in the same pixels. Throws as
 * `averagePrecision` does
 */
export function summaryIntervals(
  groundTruths: readonly ImageGroundTruth[],
  { detections, scoreThreshold }: JudgedRun,
  options: BootstrapOptions,
): SummaryIntervals {
  const figures = new SummaryMetrics(groundTruths, detections, scoreThreshold);
  const whole = figures.at();
  const { drawn, manifest } = draw(groundTruths, options, (weights) => figures.at(weights));
  return {
    ...manifest,
    scoreThreshold,
    figures: SUMMARY_METRICS.map((name) => {
      const values = drawn.map((sample) => sample[name]);
      return { name, value: whole[name], ...percentileInterval(values, manifest.confidence) };
    }),
  };
}

/**
 * Two runs on the same images: each resample judges both on the same patients, so that what makes
 * an image hard for both cancels out. Throws as `headlineIntervals` does.
 */
export function compareSummaries(
  groundTruths: readonly ImageGroundTruth[],
  first: JudgedRun,
  second: JudgedRun,
  options: BootstrapOptions,
): PairedComparison {
  const runs = [first, second].map(
    (run) => new SummaryMetrics(groundTruths, run.detections, run.scoreThreshold),
  );
  const [wholeFirst, wholeSecond] = runs.map((run) => run.at());
  const { drawn, manifest } = draw(groundTruths, options, (weights) =>
    runs.map((run) => run.at(weights)),
  );
  return {
    ...manifest,
    scoreThresholds: [first.scoreThreshold, second.scoreThreshold],
    figures: SUMMARY_METRICS.map((name) => {
      const differences = drawn.map(([a, b]) => difference(a, b, name));
      const present = differences.filter((value): value is number => value !== null);
      const better = present.reduce(
        (sum, value) => sum + (value > 0 ? 1 : value === 0 ? 1 / 2 : 0),
        0,
      );
      return {
        name,
        first: wholeFirst[name],
        second: wholeSecond[name],
        difference: difference(wholeFirst, wholeSecond, name),
        ...percentileInterval(differences, manifest.confidence),
        secondBetter: present.length ? better / present.length : null,
      };
    }),
  };
}

/**
 * The interval that holds the middle of the values; those that are null are left out.
 * @param confidence part of the values inside, in (0, 1)
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
 * Patients drawn with repetition, as many as there are; each resample is how often every image
 * counts, in the order of the truths. The order of the truths does not change which patients are
 * drawn.
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
  judge: (weights: Uint32Array) => T,
): { drawn: T[]; manifest: Bootstrapped } {
  if (!(confidence > 0 && confidence < 1)) {
    throw new Error(
      `a confidence of ${confidence} was asked for: it has to lie between 0 and 1, such as 0.95`,
    );
  }
  if (!(Number.isInteger(resamples) && resamples > 0)) {
    throw new Error(
      `${resamples} resamples were asked for: it has to be a whole number above 0, such as ${RESAMPLES}`,
    );
  }
  const patients = imagesByPatient(groundTruths).size;
  const drawn: T[] = [];
  // With one patient every resample is the same, and an interval without width would be taken for
  // certainty.
  if (patients > 1) {
    for (const weights of patientResamples(groundTruths, { seed, resamples }))
      drawn.push(judge(weights));
  }
  return {
    drawn,
    manifest: { images: groundTruths.length, patients, seed, resamples, confidence },
  };
}

function difference(
  first: SummaryValues,
  second: SummaryValues,
  name: SummaryMetric,
): number | null {
  const a = first[name];
  const b = second[name];
  return a === null || b === null ? null : b - a;
}
