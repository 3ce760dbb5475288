/**
 * Selects the anchors or RoIs that the loss uses (Faster R-CNN, section 3.1.3). With all of them,
 * the background would dominate the few positives.
 */
import type { Random } from "../util/random";
import { BACKGROUND } from "./matcher";

/** How many candidates are sampled. */
export interface SampleRule {
  /** Number of candidates to take. */
  readonly samples: number;
  /** At most this fraction of them is positive; the rest is background. */
  readonly positiveFraction: number;
}

/** Indices of the sampled candidates, in rising order. */
export interface Sampled {
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
}

/**
 * Samples positives and background at random, without repetition. Ignored candidates are never
 * taken. The sample is smaller than `samples` when there are too few candidates.
 * @param assignment `[A]`, as `Matcher.match` returns it
 * @example
 * const { positives } = sampleMatches(assignment, { samples: 256, positiveFraction: 0.5 }, random);
 */
export function sampleMatches(assignment: Int32Array, rule: SampleRule, random: Random): Sampled {
  const positives: number[] = [];
  const background: number[] = [];
  for (let i = 0; i < assignment.length; i++) {
    if (assignment[i] >= 0) positives.push(i);
    else if (assignment[i] === BACKGROUND) background.push(i);
  }
  const maxPositives = Math.floor(rule.samples * rule.positiveFraction);
  const sampledPositives = sampleItems(positives, maxPositives, random);
  return {
    positives: sampledPositives,
    negatives: sampleItems(background, rule.samples - sampledPositives.length, random),
  };
}

/**
 * Takes up to `count` items at random. Changes the order of `items`. Only the first steps of a
 * Fisher-Yates shuffle are made, because about a hundred of many thousand items are taken.
 */
function sampleItems(items: number[], count: number, random: Random): Int32Array {
  const taken = Math.min(count, items.length);
  for (let i = 0; i < taken; i++) {
    const j = i + random.integer(items.length - i);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return Int32Array.from(items.slice(0, taken)).sort();
}
