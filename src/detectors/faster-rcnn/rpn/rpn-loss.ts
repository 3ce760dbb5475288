/** The losses of the region proposal network (Faster R-CNN, section 3.1.2, equation 1). */
import { concatBoxes, concatNumbers, gatherBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import type { RpnConfig } from "../../../config/index";
import { boxLosses } from "../../../tensor/box-losses";
import { sigmoidCrossEntropy, sumOver } from "../../../tensor/losses";
import { tf } from "../../../tensor/tensorflow";
import { type AnchorLosses, lossShares, splitShares } from "../loss-shares";
import type { AnchorAssignment } from "./assign-anchors";
import type { RpnOutput } from "./rpn";

/** The weighted terms of the region proposal network, for the caller's tape. */
export interface RpnLosses {
  /** Mean over all sampled anchors of the batch. */
  readonly objectness: tf.Scalar;
  /** Mean over the positive anchors of the batch. */
  readonly boxes: tf.Scalar;
  /**
   * What each sampled anchor adds to the terms, one entry for each image; null when it was not
   * asked for.
   */
  readonly byAnchor: readonly AnchorLosses[] | null;
}

/**
 * The losses of a batch.
 * @param assignments one entry for each image of `output`
 * @param options.withShares also computes the share of each sampled anchor
 */
export function rpnLosses(
  output: RpnOutput,
  assignments: readonly AnchorAssignment[],
  { config, withShares = false }: { readonly config: RpnConfig; readonly withShares?: boolean },
): RpnLosses {
  const count = output.objectness.shape[1];
  const indicesInBatch = (part: "positives" | "negatives") =>
    assignments.flatMap((own, image) => Array.from(own[part], (i) => image * count + i));
  const positives = indicesInBatch("positives");
  const negatives = indicesInBatch("negatives");
  const sampled = [...positives, ...negatives];
  const labels = tf.tensor1d(sampled.map((_, i) => (i < positives.length ? 1 : 0)));
  const logits = output.objectness
    .reshape([-1])
    .gather(tf.tensor1d(sampled, "int32")) as tf.Tensor1D;
  const crossEntropies = sigmoidCrossEntropy(logits, labels);
  const fits = positives.length ? positiveFits(output, assignments, { positives, config }) : null;
  return {
    objectness: sumOver(crossEntropies, sampled.length).mul(config.objectnessWeight),
    boxes: fits ? sumOver(fits, positives.length).mul(config.boxWeight) : tf.scalar(0),
    byAnchor: withShares
      ? anchorShares(assignments, {
          objectness: lossShares(crossEntropies, sampled.length, config.objectnessWeight),
          boxes: fits ? lossShares(fits, positives.length, config.boxWeight) : new Float32Array(),
        })
      : null,
  };
}

/** The box loss of each positive anchor of the batch. */
function positiveFits(
  output: RpnOutput,
  assignments: readonly AnchorAssignment[],
  { positives, config }: { readonly positives: readonly number[]; readonly config: RpnConfig },
): tf.Tensor1D {
  const references = assignments.map((own) => gatherBoxes(own.anchors, own.positives));
  const matched = assignments.map((own) =>
    gatherBoxes(
      own.target.boxes,
      own.positives.map((i) => own.assignment[i]),
    ),
  );
  return boxLosses({
    kind: config.boxLoss,
    coder: new BoxCoder(),
    references: concatBoxes(references),
    matched: concatBoxes(matched),
    deltas: output.boxDeltas
      .reshape([-1, 4])
      .gather(tf.tensor1d([...positives], "int32")) as tf.Tensor2D,
  });
}

/** The shares of the batch, which has all positives before all negatives, parted into images. */
function anchorShares(
  assignments: readonly AnchorAssignment[],
  { objectness, boxes }: Readonly<Record<"objectness" | "boxes", Float32Array>>,
): AnchorLosses[] {
  const positives = assignments.map((own) => own.positives.length);
  const negatives = assignments.map((own) => own.negatives.length);
  const parts = splitShares(objectness, [...positives, ...negatives]);
  const boxParts = splitShares(boxes, positives);
  return assignments.map((_, i) => ({
    objectness: concatNumbers([parts[i], parts[assignments.length + i]]),
    boxes: boxParts[i],
  }));
}
