/** What the region proposal network learns from a batch (Faster R-CNN, sections 3.1.2 and 3.1.3). */
import { gatherBoxes } from "../../../boxes/box";
import { decodeBoxesTensor, encodeBoxes } from "../../../boxes/box-coder";
import { matchAnchors, Matches } from "../../../boxes/matcher";
import { Sampled, sampleMatches } from "../../../boxes/sampler";
import type { RpnConfig } from "../../../config/index";
import type { Random } from "../../../util/random";
import { tf } from "../../../tensor/tensorflow";
import type { BoxArray, Truth } from "../../../types";
import { AnchorLosses, lossShares, splitShares } from "../loss-shares";
import { giouLoss, sigmoidCrossEntropy, smoothL1, sumOver } from "../../../tensor/losses";
import type { RpnOutput } from "./rpn";

/** Difference of deltas at which smooth L1 turns straight. */
const SMOOTH_L1_BETA = 1 / 9;

/** One image's anchors with what each is to learn, in plain arrays. */
export interface RpnTargets extends Matches, Sampled {
  /** `[A, 4]` */
  readonly anchors: BoxArray;
  readonly truth: Truth;
}

/** Matches the anchors of one image to its truth and takes the sample the loss sees. */
export function rpnTargets(anchors: BoxArray, truth: Truth, config: RpnConfig, random: Random): RpnTargets {
  const matches = matchAnchors(anchors, truth.boxes, config);
  return { anchors, truth, ...matches, ...sampleMatches(matches.assignment, config, random) };
}

/**
 * Objectness is a mean over all sampled anchors of the batch, the box loss a mean over its positive ones.
 * @param targets one entry an image of `output`
 * @returns weighted scalars, for the caller's tape, and in plain numbers what each sampled anchor adds to them, one entry an image
 */
export function rpnLosses(
  output: RpnOutput,
  targets: readonly RpnTargets[],
  config: RpnConfig,
): { objectness: tf.Scalar; boxes: tf.Scalar; byAnchor: AnchorLosses[] } {
  const count = output.objectness.shape[1];
  const positives = targets.flatMap(({ positives }, image) => Array.from(positives, (i) => image * count + i));
  const negatives = targets.flatMap(({ negatives }, image) => Array.from(negatives, (i) => image * count + i));
  const sampled = [...positives, ...negatives];
  const labels = tf.tensor1d(sampled.map((_, i) => (i < positives.length ? 1 : 0)));
  const logits = output.objectness.reshape([-1]).gather(tf.tensor1d(sampled, "int32")) as tf.Tensor1D;
  const crossEntropies = sigmoidCrossEntropy(logits, labels);
  const objectness = sumOver(crossEntropies, sampled.length).mul(config.objectnessWeight) as tf.Scalar;
  const positiveCounts = targets.map((target) => target.positives.length);
  const shares = splitShares(lossShares(crossEntropies, sampled.length, config.objectnessWeight), [
    ...positiveCounts,
    ...targets.map((target) => target.negatives.length),
  ]);
  const byAnchor = (boxShares: readonly Float32Array[]) =>
    targets.map((_, i) => ({ objectness: concat([shares[i], shares[targets.length + i]]), boxes: boxShares[i] }));

  if (!positives.length) {
    return { objectness, boxes: tf.scalar(0), byAnchor: byAnchor(targets.map(() => new Float32Array())) };
  }
  const references = concatBoxes(targets.map(({ anchors, positives: indices }) => gatherBoxes(anchors, indices)));
  const matched = concatBoxes(
    targets.map(({ truth, assignment, positives: indices }) =>
      gatherBoxes(
        truth.boxes,
        indices.map((i) => assignment[i]),
      ),
    ),
  );
  const deltas = output.boxDeltas.reshape([-1, 4]).gather(tf.tensor1d(positives, "int32")) as tf.Tensor2D;
  const losses = boxLosses(config.boxLoss, references, matched, deltas);
  return {
    objectness,
    boxes: sumOver(losses, positives.length).mul(config.boxWeight) as tf.Scalar,
    byAnchor: byAnchor(splitShares(lossShares(losses, positives.length, config.boxWeight), positiveCounts)),
  };
}

/**
 * The box loss of both stages, box by box: smooth L1 compares deltas, GIoU the boxes they make.
 * @param references `[R, 4]` what the deltas move
 * @param matched `[R, 4]` where they should move it
 * @param deltas `[R, 4]`
 * @returns `[R]`
 */
export function boxLosses(
  kind: "smooth-l1" | "giou",
  references: BoxArray,
  matched: BoxArray,
  deltas: tf.Tensor2D,
  weights?: readonly [number, number, number, number],
): tf.Tensor1D {
  const rows = [references.length / 4, 4] as [number, number];
  if (kind === "smooth-l1")
    return smoothL1(deltas, tf.tensor2d(encodeBoxes(references, matched, weights), rows), SMOOTH_L1_BETA);
  return giouLoss(decodeBoxesTensor(tf.tensor2d(references, rows), deltas, weights), tf.tensor2d(matched, rows));
}

/** Boxes of several images one after the other. */
export function concatBoxes(parts: readonly BoxArray[]): BoxArray {
  return concat(parts);
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
