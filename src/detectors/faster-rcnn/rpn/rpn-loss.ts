/**
 * Training of the region proposal network, second part: its losses (Faster R-CNN, section 3.1.2,
 * equation 1).
 */
import { concatBoxes, concatNumbers, gatherBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import type { RpnConfig } from "../../../config/index";
import { boxLosses } from "../../../tensor/box-losses";
import { gatherRows } from "../../../tensor/gather-rows";
import { sigmoidCrossEntropy, sumOver } from "../../../tensor/losses";
import { tf } from "../../../tensor/tensorflow";
import { type AnchorLosses, lossShares, splitShares } from "../loss-shares";
import type { AnchorAssignment } from "./assign-anchors";
import type { RpnOutput } from "./rpn";

/** The weighted losses of a batch. The tensors belong to the caller's gradient tape. */
export interface RpnLosses {
  /** Binary cross entropy, the mean over all sampled anchors of the batch. */
  readonly objectness: tf.Scalar;
  /** Regression loss, the mean over the positive anchors of the batch. */
  readonly boxes: tf.Scalar;
  /** The share of each sampled anchor, one entry for each image; null without `withShares`. */
  readonly byAnchor: readonly AnchorLosses[] | null;
}

/** Options of `rpnLosses`. */
export interface RpnLossOptions {
  readonly config: RpnConfig;
  /** Also computes the share of each sampled anchor. The default is false. */
  readonly withShares?: boolean;
}

/**
 * Computes the losses of a batch. Numeric trap: a batch without positive anchors has no regression
 * loss, and a mean over 0 anchors would be NaN; the loss is 0 then.
 * @param assignments one entry for each image of `output`
 */
export function rpnLosses(
  output: RpnOutput,
  assignments: readonly AnchorAssignment[],
  { config, withShares = false }: RpnLossOptions,
): RpnLosses {
  const anchorCount = output.objectness.shape[1];
  const indicesInBatch = (part: "positives" | "negatives") =>
    assignments.flatMap((assignment, image) =>
      Array.from(assignment[part], (i) => image * anchorCount + i),
    );
  const positives = indicesInBatch("positives");
  const negatives = indicesInBatch("negatives");
  const sampled = [...positives, ...negatives];
  const labels = tf.tensor1d(sampled.map((_, i) => (i < positives.length ? 1 : 0)));
  const logits = gatherRows(output.objectness.reshape<tf.Tensor1D>([-1]), sampled);
  const crossEntropies = sigmoidCrossEntropy(logits, labels);
  const boxes = positives.length
    ? positiveBoxLosses(output, assignments, { positives, config })
    : null;
  return {
    objectness: sumOver(crossEntropies, sampled.length).mul(config.objectnessWeight),
    boxes: boxes ? sumOver(boxes, positives.length).mul(config.boxWeight) : tf.scalar(0),
    byAnchor: withShares
      ? sharesByImage(assignments, {
          objectness: lossShares(crossEntropies, sampled.length, config.objectnessWeight),
          boxes: boxes ? lossShares(boxes, positives.length, config.boxWeight) : new Float32Array(),
        })
      : null,
  };
}

/**
 * The regression loss of each positive anchor of the batch.
 * @param options the anchors and the loss
 * @param options.positives indices of the positive anchors in the batch
 */
function positiveBoxLosses(
  output: RpnOutput,
  assignments: readonly AnchorAssignment[],
  { positives, config }: { readonly positives: readonly number[]; readonly config: RpnConfig },
): tf.Tensor1D {
  const references = assignments.map((image) => gatherBoxes(image.anchors, image.positives));
  const matched = assignments.map((image) =>
    gatherBoxes(
      image.target.boxes,
      image.positives.map((i) => image.assignment[i]),
    ),
  );
  return boxLosses({
    kind: config.boxLoss,
    coder: new BoxCoder(),
    references: concatBoxes(references),
    matched: concatBoxes(matched),
    deltas: gatherRows(output.boxDeltas.reshape<tf.Tensor2D>([-1, 4]), positives),
  });
}

/** Splits the shares of a batch, in which all positives come before all negatives, by image. */
function sharesByImage(
  assignments: readonly AnchorAssignment[],
  { objectness, boxes }: Readonly<Record<"objectness" | "boxes", Float32Array>>,
): AnchorLosses[] {
  const positiveCounts = assignments.map(({ positives }) => positives.length);
  const negativeCounts = assignments.map(({ negatives }) => negatives.length);
  const parts = splitShares(objectness, [...positiveCounts, ...negativeCounts]);
  const boxParts = splitShares(boxes, positiveCounts);
  return assignments.map((_, i) => ({
    objectness: concatNumbers([parts[i], parts[assignments.length + i]]),
    boxes: boxParts[i],
  }));
}
