/**
 * From the region proposal network's output to proposals (Faster R-CNN, section 3.3): best
 * anchors, moved, clipped, thinned out by NMS.
 */
import { clipBoxes, gatherBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import { nms } from "../../../boxes/nms";
import type { RpnConfig } from "../../../config/index";
import type { NetworkBoxes } from "../../../types";
import type { RpnOutput } from "./rpn";

/** Boxes thinner than this many pixels hold nothing that could be pooled. */
const MIN_SIDE = 1;

export interface Proposals {
  /** `[≤ proposalsBeforeNms, 4]` and their probabilities, by falling score. */
  readonly candidates: NetworkBoxes;
  readonly candidateScores: Float32Array;
  /** Which anchor each of them was. */
  readonly candidateAnchors: Int32Array;
  /** `[R, 4]`: what NMS keeps of them, and their probabilities. */
  readonly proposals: NetworkBoxes;
  readonly proposalScores: Float32Array;
}

/** A batch's proposals, and the objectness logits they come from, `[A]` of each image. */
export interface BatchProposals {
  readonly objectness: readonly Float32Array[];
  readonly proposals: readonly Proposals[];
}

export interface ProposalOptions {
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  readonly config: RpnConfig;
  /** Side of the network's input in pixels, to which boxes are clipped. */
  readonly imageSize: number;
}

/**
 * Makes the proposals of each image of a batch. The network's output is read: no gradient goes
 * through proposals.
 */
export function proposeBatch(output: RpnOutput, options: ProposalOptions): BatchProposals {
  const [count, anchorCount] = output.objectness.shape;
  const logits = output.objectness.dataSync<"float32">();
  const deltas = output.boxDeltas.dataSync<"float32">();
  const objectness = Array.from({ length: count }, (_, i) =>
    logits.slice(i * anchorCount, (i + 1) * anchorCount),
  );
  const proposals = objectness.map((own, i) =>
    selectProposals(own, deltas.subarray(4 * i * anchorCount, 4 * (i + 1) * anchorCount), options),
  );
  return { objectness, proposals };
}

/**
 * Makes one image's proposals.
 * @param objectness `[A]` logits
 * @param boxDeltas `[A, 4]`
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
    // Written so that NaN, which a diverged network gives, is dropped too.
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
 * Indices of the `count` highest values, by falling value; equal values by rising index. NaN is
 * never among them.
 */
function highest(values: Float32Array, count: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // Most of many thousand anchors end here, which is why nothing is sorted.
    if (!(value > -Infinity) || (kept.length === count && value <= values[kept[count - 1]]))
      continue;
    let low = 0;
    for (let high = kept.length; low < high;) {
      const middle = (low + high) >> 1;
      if (values[kept[middle]] >= value) low = middle + 1;
      else high = middle;
    }
    kept.splice(low, 0, i);
    if (kept.length > count) kept.pop();
  }
  return kept;
}
