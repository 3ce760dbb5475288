/**
 * The proposals (Faster R-CNN, section 3.3): the anchors with the highest objectness are moved by
 * their deltas, clipped to the image, and reduced by non-maximum suppression.
 */
import { clipBoxes, gatherBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import { nms } from "../../../boxes/nms";
import type { RpnConfig } from "../../../config/index";
import type { NetworkBoxes } from "../../../types";
import type { RpnOutput } from "./rpn";

/** Boxes with a shorter side are dropped, in pixels: they contain no features. */
const MIN_SIDE = 1;

/** The proposals of one image, before and after non-maximum suppression, by falling score. */
export interface Proposals {
  /** `[K, 4]`: the moved anchors before non-maximum suppression, at most `proposalsBeforeNms`. */
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
 * Makes the proposals of one image.
 * @param objectness `[A]` logits
 * @param boxDeltas `[A, 4]`
 * @example
 * const options = { anchors, config: config.rpn, imageSize: config.data.imageSize };
 * const { proposals } = selectProposals(objectness, boxDeltas, options);
 */
export function selectProposals(
  objectness: Float32Array,
  boxDeltas: Float32Array,
  { anchors, config, imageSize }: ProposalOptions,
): Proposals {
  const best = highest(objectness, config.proposalsBeforeNms);
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
  const kept = nms(candidates, candidateScores, config.nmsIou, {
    maxCount: config.proposalsAfterNms,
  });
  return {
    candidates,
    candidateScores,
    candidateAnchors: Int32Array.from(usable, (i) => best[i]),
    proposals: gatherBoxes(candidates, kept),
    proposalScores: Float32Array.from(kept, (i) => candidateScores[i]),
  };
}

/**
 * The indices of the `count` highest values, by falling value; equal values are ordered by index.
 * Indices of NaN and of -Infinity are left out.
 */
function highest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
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
