/**
 * The proposals (Faster R-CNN, section 3.3): the anchors with the highest objectness are moved by
 * their deltas, clipped to the image, and reduced by non-maximum suppression.
 */
import { clipBoxes, gatherBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import { nms } from "../../../boxes/nms";
import type { Config, RpnConfig } from "../../../config/index";
import type { NetworkBoxes } from "../../../types";
import { groupBy } from "../../../util/group-by";
import type { RpnOutput } from "./rpn";

/** Boxes with a shorter side are dropped, in pixels: they contain no features. */
const MIN_SIDE = 1;

/** The proposals of one image, before and after non-maximum suppression, by falling score. */
export interface Proposals {
  /**
   * `[K, 4]`: the moved anchors before non-maximum suppression, at most `proposalsBeforeNms` for
   * each level.
   */
  readonly candidates: NetworkBoxes;
  /** `[K]` probabilities of the objectness. */
  readonly candidateScores: Float32Array;
  /** `[K]`: index of the anchor of each candidate. */
  readonly candidateAnchors: Int32Array;
  /** `[R, 4]`: the candidates that non-maximum suppression keeps. */
  readonly proposals: NetworkBoxes;
  /** `[R]` probabilities of the objectness. */
  readonly proposalScores: Float32Array;
}

/** The proposals of a batch, one entry for each image. */
export interface BatchProposals {
  /** `[A]` logits, in the order of the anchors. */
  readonly objectness: readonly Float32Array[];
  readonly proposals: readonly Proposals[];
}

/** Options of `proposeBatch` and `selectProposals`. */
export interface ProposalOptions {
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  readonly config: RpnConfig;
  /** Side of the network's input, in pixels. Boxes are clipped to it. */
  readonly imageSize: number;
  /**
   * Number of anchors of each level of a feature pyramid, in their order. By default all anchors
   * are of one level.
   */
  readonly levelCounts?: readonly number[];
}

/**
 * The settings of the proposals in detection: those of `rpn`, with the numbers of proposals that
 * `inference` sets.
 * @example
 * const options = { anchors, config: detectionRpn(config), imageSize: config.data.imageSize };
 */
export function detectionRpn({ rpn, inference }: Pick<Config, "rpn" | "inference">): RpnConfig {
  return {
    ...rpn,
    proposalsBeforeNms: inference.proposalsBeforeNms ?? rpn.proposalsBeforeNms,
    proposalsAfterNms: inference.proposalsAfterNms ?? rpn.proposalsAfterNms,
  };
}

/**
 * Makes the proposals of each image of a batch. They are plain numbers: no gradient flows through
 * them.
 */
export function proposeBatch(output: RpnOutput, options: ProposalOptions): BatchProposals {
  const [count, anchorCount] = output.objectness.shape;
  const logits = output.objectness.dataSync<"float32">();
  const deltas = output.boxDeltas.dataSync<"float32">();
  const objectness = Array.from({ length: count }, (_, i) =>
    logits.slice(i * anchorCount, (i + 1) * anchorCount),
  );
  const proposals = objectness.map((ofImage, i) => {
    const boxDeltas = deltas.subarray(4 * i * anchorCount, 4 * (i + 1) * anchorCount);
    return selectProposals(ofImage, boxDeltas, options);
  });
  return { objectness, proposals };
}

/**
 * Makes the proposals of one image. With several levels, the best anchors of each level are taken,
 * and only boxes of the same level suppress each other. The best of all levels remain.
 * @param objectness `[A]` logits
 * @param boxDeltas `[A, 4]`
 * @example
 * const options = { anchors, config: config.rpn, imageSize: config.data.imageSize };
 * const { proposals } = selectProposals(objectness, boxDeltas, options);
 */
export function selectProposals(
  objectness: Float32Array,
  boxDeltas: Float32Array,
  { anchors, config, imageSize, levelCounts = [objectness.length] }: ProposalOptions,
): Proposals {
  const best = highestOfLevels(objectness, config.proposalsBeforeNms, levelCounts);
  const moved = new BoxCoder().decode(gatherBoxes(anchors, best), gatherBoxes(boxDeltas, best));
  const decoded = clipBoxes(moved, imageSize, imageSize);
  const probabilities = Float32Array.from(best, (index) => 1 / (1 + Math.exp(-objectness[index])));

  const usable: number[] = [];
  for (let i = 0; i < best.length; i++) {
    const width = decoded[4 * i + 2] - decoded[4 * i];
    const height = decoded[4 * i + 3] - decoded[4 * i + 1];
    // Numeric trap: comparisons with NaN are false, so that boxes of a diverged network are
    // dropped.
    if (width >= MIN_SIDE && height >= MIN_SIDE && probabilities[i] >= config.minScore)
      usable.push(i);
  }
  const candidates = gatherBoxes(decoded, usable);
  const candidateScores = Float32Array.from(usable, (i) => probabilities[i]);
  const candidateAnchors = Int32Array.from(usable, (i) => best[i]);
  const kept = nmsOfLevels(candidates, candidateScores, {
    levels: Array.from(candidateAnchors, levelFinder(levelCounts)),
    config,
  });
  return {
    candidates,
    candidateScores,
    candidateAnchors,
    proposals: gatherBoxes(candidates, kept),
    proposalScores: Float32Array.from(kept, (i) => candidateScores[i]),
  };
}

/** Returns a function that finds the level of an anchor by its index. */
function levelFinder(levelCounts: readonly number[]): (anchor: number) => number {
  const ends = levelCounts.map((_, level) =>
    levelCounts.slice(0, level + 1).reduce((sum, count) => sum + count, 0),
  );
  return (anchor) => ends.findIndex((end) => anchor < end);
}

/**
 * Non-maximum suppression within each level.
 * @param boxes `[K, 4]` by falling score
 * @param scores `[K]`
 * @param options the level of each box, and the settings
 * @returns indices of at most `proposalsAfterNms` boxes of all levels together, by falling score
 */
function nmsOfLevels(
  boxes: NetworkBoxes,
  scores: Float32Array,
  { levels, config }: { readonly levels: readonly number[]; readonly config: RpnConfig },
): number[] {
  const maxCount = config.proposalsAfterNms;
  const rowsByLevel = groupBy(levels.keys(), (row) => levels[row]);
  const kept = [...rowsByLevel.values()].flatMap((rows) => {
    const scoresOfLevel = rows.map((row) => scores[row]);
    const ofLevel = nms(gatherBoxes(boxes, rows), scoresOfLevel, config.nmsIou, { maxCount });
    return Array.from(ofLevel, (i) => rows[i]);
  });
  // The rows are ordered by score already.
  return kept.sort((a, b) => a - b).slice(0, maxCount);
}

/**
 * The indices of the `count` highest values of each level, by falling value; equal values are
 * ordered by index. Indices of NaN and of -Infinity are left out.
 */
function highestOfLevels(
  values: Float32Array,
  count: number,
  levelCounts: readonly number[],
): number[] {
  let end = 0;
  const best = levelCounts.flatMap((size) => highest(values, count, [end, (end += size)]));
  return levelCounts.length > 1 ? best.sort((a, b) => values[b] - values[a] || a - b) : best;
}

/** The indices from `start` to before `end` of the `count` highest values. */
function highest(
  values: Float32Array,
  count: number,
  [start, end]: readonly [number, number],
): number[] {
  const best: number[] = [];
  for (let i = start; i < end; i++) {
    const value = values[i];
    // Almost all of many thousand anchors end here. This is faster than sorting all values.
    if (!(value > -Infinity) || (best.length === count && value <= values[best[count - 1]]))
      continue;
    let low = 0;
    for (let high = best.length; low < high;) {
      const middle = (low + high) >> 1;
      if (values[best[middle]] >= value) low = middle + 1;
      else high = middle;
    }
    best.splice(low, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
