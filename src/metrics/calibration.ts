/**
 * Calibration: does a score of 0.8 mean that 8 of 10 such detections are tumors? This file computes
 * the reliability diagram and the expected calibration error (Guo et al. 2017, 'On calibration of
 * modern neural networks', section 2), and temperature scaling (section 4.2). As in Küppers et al.
 * 2020, a detection is right when it found a box. Classes do not count.
 */
import { mean } from "simple-statistics";
import type { ImageDetections, ImageGroundTruth } from "../types";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

const BINS = 10;
/** Scores are kept this far away from 0 and 1, because the logit of 0 and 1 is infinite. */
const LOGIT_MARGIN = 1e-6;
/** The range of temperatures. When the best one lies outside, its nearest end is returned. */
const TEMPERATURES = { low: 0.01, high: 100 } as const;
/**
 * How often the interval that contains the temperature is halved. More halvings than the 53 bits of
 * a double change nothing.
 */
const HALVINGS = 60;

/** The score of a detection, and whether it was right. */
export interface ScoredOutcome {
  readonly score: number;
  /** Whether the detection found a box. */
  readonly hit: boolean;
}

/** Scored detections, with the rules by which they were judged. */
export interface ScoredOutcomes {
  /** IoU of a hit. */
  readonly iou: number;
  /** Detections of a lower score were left out. */
  readonly minScore: number;
  /** The temperature of the scores; 1 for the scores of the detector. */
  readonly temperature: number;
  readonly outcomes: readonly ScoredOutcome[];
}

/** The detections with a score in (low, high]; a score of 0 belongs to the first bin. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean score; null in an empty bin. */
  readonly score: number | null;
  /** Share of the detections that found a box; null in an empty bin. */
  readonly precision: number | null;
}

export interface Reliability extends Omit<ScoredOutcomes, "outcomes"> {
  readonly bins: readonly ReliabilityBin[];
  readonly detections: number;
  /**
   * Expected calibration error: the mean distance between mean score and precision, each bin
   * weighted by its number of detections. Null without detections.
   */
  readonly ece: number | null;
  /** The largest distance of any bin. Null without detections. */
  readonly worst: number | null;
  /**
   * Mean squared distance between the score and 1 for a hit or 0 otherwise (Brier 1950). Null
   * without detections.
   */
  readonly brier: number | null;
}

export interface Temperature {
  /** Above 1 it moves scores towards 0.5, because they were too confident; below 1 away from it. */
  readonly temperature: number;
  /**
   * Null, or the end of the range that was reached. `low`: all hits score above 0.5 and all other
   * detections below it, so that a lower temperature is always better. `high`: higher scores do not
   * mean more hits, so that a score of 0.5 for all detections is best.
   */
  readonly bound: "low" | "high" | null;
  readonly detections: number;
  /**
   * Mean negative log-likelihood of the outcomes in nats: with the scores as they are, and with the
   * scores at the temperature.
   */
  readonly lossBefore: number;
  readonly lossAfter: number;
}

/**
 * The score of every detection, and whether it found a box.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options which detections count, and when they find a box
 * @param options.iou a detection finds a box at this IoU or more
 * @param options.minScore detections of a lower score are left out. Many detections of very low
 * score are rightly sure to be wrong, and would make the calibration error look small
 * @throws as `joinImages` does
 * @example
 * const outcomes = scoredOutcomes(test.groundTruths(), detections, { minScore: 0.05 });
 */
export function scoredOutcomes(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { iou = HIT_IOU, minScore = 0 }: { readonly iou?: number; readonly minScore?: number } = {},
): ScoredOutcomes {
  const images = detectionOutcomes(groundTruths, detections, { scoreThreshold: minScore, iou });
  const outcomes = images.flatMap((image) =>
    image.outcomes.map(({ detection, match }) => ({
      score: detection.score,
      hit: match !== UNMATCHED,
    })),
  );
  return { iou, minScore, temperature: 1, outcomes };
}

/**
 * The reliability diagram of detections, and their calibration errors.
 * @param scored from `scoredOutcomes`
 * @param options the bins
 * @param options.bins number of bins of equal width, 10 by default
 * @throws when a score is not in [0, 1], and when the number of bins is not a whole number above 0
 * @example
 * const { ece } = reliability(scoredOutcomes(test.groundTruths(), detections));
 */
export function reliability(
  scored: ScoredOutcomes,
  { bins = BINS }: { readonly bins?: number } = {},
): Reliability {
  if (!(Number.isInteger(bins) && bins > 0))
    throw new Error(
      `reliability: the number of bins is ${bins}: it has to be a whole number above 0`,
    );
  const { outcomes, ...judged } = scored;
  const groups = Array.from({ length: bins }, (): ScoredOutcome[] => []);
  for (const outcome of outcomes) {
    requireProbability(outcome.score);
    groups[groups.findIndex((_, i) => outcome.score <= (i + 1) / bins)].push(outcome);
  }
  const filledBins = groups.map((group, i): ReliabilityBin => {
    const [low, high, count] = [i / bins, (i + 1) / bins, group.length];
    if (!count) return { low, high, count, score: null, precision: null };
    return {
      low,
      high,
      count,
      score: mean(group.map(({ score }) => score)),
      precision: mean(group.map(hitValue)),
    };
  });
  const gaps = filledBins.flatMap(({ count, score, precision }) =>
    score === null || precision === null ? [] : [{ count, gap: Math.abs(score - precision) }],
  );
  const detections = outcomes.length;
  return {
    ...judged,
    bins: filledBins,
    detections,
    ece: detections
      ? gaps.reduce((sum, { count, gap }) => sum + count * gap, 0) / detections
      : null,
    worst: detections ? Math.max(...gaps.map(({ gap }) => gap)) : null,
    brier: detections
      ? mean(outcomes.map((outcome) => (outcome.score - hitValue(outcome)) ** 2))
      : null,
  };
}

/**
 * Fits the temperature T at which sigmoid(logit(score) / T) makes the outcomes most likely. Fit it
 * on validation images, and apply it to other images. The loss is convex in 1 / T, so that
 * bisection finds the root of its derivative.
 * @param scored from `scoredOutcomes`
 * @throws when a score is not in [0, 1], and when there are no detections
 * @example
 * const temperature = fitTemperature(scoredOutcomes(validation.groundTruths(), detections));
 */
export function fitTemperature(scored: Pick<ScoredOutcomes, "outcomes">): Temperature {
  const { outcomes } = scored;
  if (!outcomes.length) {
    throw new Error("fitTemperature: there is no detection: fit it on images with detections");
  }
  const samples = outcomes.map((outcome) => ({
    logit: logit(outcome.score),
    right: hitValue(outcome),
  }));
  // The derivative of the loss with respect to 1 / T. It rises with 1 / T.
  const slope = (inverse: number) =>
    mean(samples.map((sample) => (sigmoid(sample.logit * inverse) - sample.right) * sample.logit));
  let [low, high] = [1 / TEMPERATURES.high, 1 / TEMPERATURES.low];
  const bound = slope(low) >= 0 ? "high" : slope(high) <= 0 ? "low" : null;
  for (let i = 0; i < HALVINGS && !bound; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  const temperature = bound ? TEMPERATURES[bound] : 2 / (low + high);
  const loss = (inverse: number) =>
    mean(
      samples.map(({ logit, right }) => -logSigmoid(right ? logit * inverse : -logit * inverse)),
    );
  return {
    temperature,
    bound,
    detections: outcomes.length,
    lossBefore: loss(1),
    lossAfter: loss(1 / temperature),
  };
}

/**
 * The score at a temperature. The order of scores stays, and with it every class-agnostic ranking.
 * (Near the lowest temperatures, several high scores are rounded to 1.)
 * @throws when the score is not in [0, 1]
 */
export function temperedScore(score: number, temperature: number): number {
  requireProbability(score);
  return sigmoid(logit(score) / temperature);
}

/**
 * The same outcomes, with their scores at a temperature that was fitted on other images. Their
 * reliability shows whether the temperature helps.
 * @param options the temperature, from `fitTemperature`
 * @throws when a score is not in [0, 1]
 * @example
 * const after = reliability(temperedOutcomes(outcomes, temperature));
 */
export function temperedOutcomes(
  scored: ScoredOutcomes,
  { temperature }: Pick<Temperature, "temperature">,
): ScoredOutcomes {
  const outcomes = scored.outcomes.map(({ score, hit }) => ({
    score: temperedScore(score, temperature),
    hit,
  }));
  return { ...scored, temperature: scored.temperature * temperature, outcomes };
}

/**
 * The same detections, with their scores at a temperature. A class-aware ranking may change a
 * little, because it ranks by the product of score and class probability. Apply `temperedScore` to
 * the score threshold too.
 * @param options the temperature, from `fitTemperature`
 * @throws when a score is not in [0, 1]
 * @example
 * const calibrated = temperedDetections(detections, temperature);
 */
export function temperedDetections(
  detections: readonly ImageDetections[],
  { temperature }: Pick<Temperature, "temperature">,
): ImageDetections[] {
  return detections.map((image) => ({
    imageId: image.imageId,
    detections: image.detections.map((detection) => ({
      ...detection,
      score: temperedScore(detection.score, temperature),
    })),
  }));
}

/** 1 for a hit, 0 otherwise. */
function hitValue({ hit }: ScoredOutcome): number {
  return hit ? 1 : 0;
}

function requireProbability(score: number): void {
  if (!(score >= 0 && score <= 1))
    throw new Error(`the score ${score} is not a probability: it has to lie in [0, 1]`);
}

function logit(score: number): number {
  requireProbability(score);
  const inside = Math.min(Math.max(score, LOGIT_MARGIN), 1 - LOGIT_MARGIN);
  return Math.log(inside / (1 - inside));
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** log(sigmoid(value)), accurate for large negative and positive values. */
function logSigmoid(value: number): number {
  return Math.min(value, 0) - Math.log1p(Math.exp(-Math.abs(value)));
}
