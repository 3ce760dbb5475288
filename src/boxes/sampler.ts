/**
 * Which of the matched candidates the loss sees (Faster R-CNN, section 3.1.3): all would drown the
 * few positives in background.
 */
import type { Random } from "../util/random";
import { BACKGROUND } from "./matcher";

export interface SampleRule {
  /** Candidates to take. */
  readonly samples: number;
  /** At most this part of them positive; background fills up the rest. */
  readonly positiveFraction: number;
}

export interface Sampled {
  /** Indices of candidates, rising. */
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
}

/**
 * Takes positives and background at random, without repeats; fewer than asked for where there are
 * fewer. Ignored candidates are never taken.
 * @param assignment `[A]` as `Matcher.match` returns it
 */
export function sampleMatches(assignment: Int32Array, rule: SampleRule, random: Random): Sampled {
  const positives: number[] = [];
  const negatives: number[] = [];
  assignment.forEach((match, i) => {
    if (match >= 0) positives.push(i);
    else if (match === BACKGROUND) negatives.push(i);
  });
  const takenPositives = take(positives, Math.floor(rule.samples * rule.positiveFraction), random);
  return {
    positives: takenPositives,
    negatives: take(negatives, rule.samples - takenPositives.length, random),
  };
}

/**
 * `count` of the items at random: the first steps of a Fisher-Yates shuffle, since thousands are
 * there and a hundred are wanted.
 */
function take(items: number[], count: number, random: Random): Int32Array {
  const taken = Math.min(count, items.length);
  for (let i = 0; i < taken; i++) {
    const j = i + random.integer(items.length - i);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return Int32Array.from(items.slice(0, taken)).sort();
}
