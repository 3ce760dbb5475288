/**
 * Does a score of 0.8 mean that 8 of 10 such detections are tumors? Reliability diagram and
 * expected calibration error (Guo et al. 2017, 'On calibration of modern neural networks', section
 * 2), for detections as in Küppers et al. 2020, where being right means having found a box, and
 * temperature scaling (Guo et al. 2017, section 4.2). Classes do not count.
 */
import { mean } from "simple-statistics";
import type { ImageDetections, ImageGroundTruth } from "../types";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

const BINS = 10;
/** Scores are kept so far from 0 and 1, where the logit has no value. */
const LOGIT_MARGIN = 1e-6;
/** Temperatures are sought here; where the best lies beyond, the end is given and named. */
const TEMPERATURES = { low: 0.01, high: 100 } as const;
/**
 * Halvings of the interval the temperature is sought in: more than a double's 53 bits change
 * nothing.
 */
const HALVINGS = 60;

/** A detection as calibration sees it. */
export interface ScoredOutcome {
  readonly score: number;
  /** Whether it found a box. */
  readonly hit: boolean;
}

/** Detections with how they were judged, which goes with every figure made of them. */
export interface ScoredOutcomes {
  /** IoU of a hit. */
  readonly iou: number;
  /** Detections that the detector gave a lower score were left out. */
  readonly minScore: number;
  /** Applied to the scores; 1 leaves them as the detector gave them. */
  readonly temperature: number;
  readonly outcomes: readonly ScoredOutcome[];
}

/** Of the detections with a score in (low, high]; 0 belongs to the first. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean score; null in an empty bin. */
  readonly score: number | null;
  /** Part that found a box; null in an empty bin. */
  readonly precision: number | null;
}

export interface Reliability extends Omit<ScoredOutcomes, "outcomes"> {
  readonly bins: readonly ReliabilityBin[];
  readonly detections: number;
  /**
   * Expected calibration error: the distance between mean score and precision, mean over the bins
   * by their detections. Null without any.
   */
  readonly ece: number | null;
  /** The distance in the worst bin. */
  readonly worst: number | null;
  /** Mean squared distance between score and being right (Brier 1950). */
  readonly brier: number | null;
}

export interface Temperature {
  /** Above 1 the scores were too sure and are drawn towards 0.5, below 1 they are spread. */
  readonly temperature: number;
  /**
   * Null, or the end of the range that was hit: `low` where all hits score above 0.5 and all others
   * below it, so that sharper is always better; `high` where higher scores do not mean more hits,
   * so that nothing beats 0.5 for all.
   */
  readonly bound: "low" | "high" | null;
  readonly detections: number;
  /**
   * Mean negative log-likelihood of the outcomes in nats, with the scores as they are and at the
   * temperature.
   */
  readonly lossBefore: number;
  readonly lossAfter: number;
}

/**
 * Every detection with whether it found a box. Throws as `joinImages` does.
 * @param options.minScore detections below it are left out: crowds of very low scores, easily right
 * about being wrong, would flatter the mean
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
 * @param scored scores in [0, 1]; throws on others
 * @param options.bins how many of equal width, 10 by default
 */
export function reliability(
  { outcomes, ...judged }: ScoredOutcomes,
  { bins = BINS }: { readonly bins?: number } = {},
): Reliability {
  if (!(Number.isInteger(bins) && bins > 0))
    throw new Error(`reliability: ${bins} bins are not a whole number above 0`);
  const groups = Array.from({ length: bins }, (): ScoredOutcome[] => []);
  for (const outcome of outcomes) {
    requireProbability(outcome.score);
    groups[groups.findIndex((_, i) => outcome.score <= (i + 1) / bins)].push(outcome);
  }
  const own = groups.map((group, i): ReliabilityBin => {
    const [low, high, count] = [i / bins, (i + 1) / bins, group.length];
    if (!count) return { low, high, count, score: null, precision: null };
    return {
      low,
      high,
      count,
      score: mean(group.map(({ score }) => score)),
      precision: mean(group.map(rightness)),
    };
  });
  const gaps = own.flatMap(({ count, score, precision }) =>
    score === null || precision === null ? [] : [{ count, gap: Math.abs(score - precision) }],
  );
  const detections = outcomes.length;
  return {
    ...judged,
    bins: own,
    detections,
    ece: detections
      ? gaps.reduce((sum, { count, gap }) => sum + count * gap, 0) / detections
      : null,
    worst: detections ? Math.max(...gaps.map(({ gap }) => gap)) : null,
    brier: detections
      ? mean(outcomes.map((outcome) => (outcome.score - rightness(outcome)) ** 2))
      : null,
  };
}

/**
 * The temperature T at which sigmoid(logit(score) / T) makes the outcomes likeliest. Fit it on
 * validation images and apply it to others. The loss is convex in 1 / T, so the root of its
 * derivative is found by halving.
 * @param scored as the detector gave them, in [0, 1]; throws on others, and without any
 */
export function fitTemperature({ outcomes }: Pick<ScoredOutcomes, "outcomes">): Temperature {
  if (!outcomes.length) {
    throw new Error(
      "fitTemperature: there is no detection to learn from; fit it on a part with detections",
    );
  }
  const samples = outcomes.map((outcome) => ({
    logit: logit(outcome.score),
    right: rightness(outcome),
  }));
  // The derivative of the loss by 1 / T; it rises with 1 / T.
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
 * A score at a temperature. Their order stays, and with it every class-agnostic ranking; only near
 * the lowest temperatures do high scores all become 1 to a double's precision.
 */
export function temperedScore(score: number, temperature: number): number {
  requireProbability(score);
  return sigmoid(logit(score) / temperature);
}

/**
 * The same outcomes with their scores at a temperature that was fitted on others, to see whether
 * they now mean what they say.
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
 * Detections with scores at a temperature. A class-aware ranking may change a little, since it
 * ranks by the product of score and class probability; a score threshold has to go through
 * `temperedScore` too.
 */
export function temperedDetections(
  detections: readonly ImageDetections[],
  { temperature }: Pick<Temperature, "temperature">,
): ImageDetections[] {
  return detections.map(({ imageId, detections: own }) => ({
    imageId,
    detections: own.map((detection) => ({
      ...detection,
      score: temperedScore(detection.score, temperature),
    })),
  }));
}

function rightness({ hit }: ScoredOutcome): number {
  return hit ? 1 : 0;
}

function requireProbability(score: number): void {
  if (!(score >= 0 && score <= 1))
    throw new Error(`a score of ${score} is no probability: it has to lie in [0, 1]`);
}

function logit(score: number): number {
  requireProbability(score);
  const inside = Math.min(Math.max(score, LOGIT_MARGIN), 1 - LOGIT_MARGIN);
  return Math.log(inside / (1 - inside));
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** log(sigmoid(value)) without losing small values to rounding. */
function logSigmoid(value: number): number {
  return Math.min(value, 0) - Math.log1p(Math.exp(-Math.abs(value)));
}
