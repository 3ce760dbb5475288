/**
 * The losses of one stage of the cascade (Fast R-CNN, section 2.3, with the class apart from the
 * foreground).
 */
import { concatBoxes, gatherBoxes } from "../../../boxes/box";
import type { BoxCoder } from "../../../boxes/box-coder";
import type { CascadeStage, HeadConfig } from "../../../config/index";
import { boxLosses } from "../../../tensor/box-losses";
import { sigmoidCrossEntropy, softmaxCrossEntropy, sumOver } from "../../../tensor/losses";
import { tf } from "../../../tensor/tensorflow";
import { lossShares, type RoiLosses } from "../loss-shares";
import type { RoiAssignment } from "./assign-targets";
import type { HeadOutput } from "./box-head";

export interface StageLossOptions {
  readonly config: HeadConfig;
  readonly stage: CascadeStage;
  readonly coder: BoxCoder;
  /** Also computes the share of each RoI. */
  readonly withShares: boolean;
}

/**
 * The weighted terms, for the caller's tape; class and boxes are null when no RoI is foreground.
 */
export interface StageTerms {
  /** Mean over all RoIs of the batch. */
  readonly foreground: tf.Scalar;
  /** Means over the foreground RoIs of the batch: only these have a class and a box to fit. */
  readonly class: tf.Scalar | null;
  readonly boxes: tf.Scalar | null;
  /** What each RoI adds to the terms, one entry for each image; null when it was not asked for. */
  readonly byRoi: readonly RoiLosses[] | null;
}

/**
 * Compares a head's output with what its RoIs should have given.
 * @param output of all RoIs, image after image
 * @param assignments one entry for each image
 */
export function stageLosses(
  output: HeadOutput,
  assignments: readonly RoiAssignment[],
  { config, stage, coder, withShares }: StageLossOptions,
): StageTerms {
  const assignment = assignments.flatMap((own) => Array.from(own.assignment));
  const labels = tf.tensor1d(assignment.map((match) => (match >= 0 ? 1 : 0)));
  const crossEntropies = sigmoidCrossEntropy(output.foreground, labels);
  const weight = config.foregroundWeight * stage.lossWeight;
  const rows = assignment.flatMap((match, row) => (match >= 0 ? [row] : []));
  const count = assignment.length;
  const positive = rows.length
    ? positiveLosses(output, assignments, { rows, config, coder })
    : null;
  const classWeight = config.classWeight * stage.lossWeight;
  const boxWeight = config.boxWeight * stage.lossWeight;
  /** Shares of the foreground RoIs, at their rows among all. */
  const atRows = (losses: tf.Tensor1D | undefined, ownWeight: number) => {
    const shares = new Float32Array(count);
    if (losses)
      lossShares(losses, rows.length, ownWeight).forEach((share, k) => (shares[rows[k]] = share));
    return shares;
  };
  return {
    foreground: sumOver(crossEntropies, count).mul(weight),
    class: positive && sumOver(positive.class, rows.length).mul<tf.Scalar>(classWeight),
    boxes: positive && sumOver(positive.boxes, rows.length).mul<tf.Scalar>(boxWeight),
    byRoi: withShares
      ? partByImage(assignments, {
          logits: output.foreground.dataSync<"float32">(),
          foreground: lossShares(crossEntropies, count, weight),
          class: atRows(positive?.class, classWeight),
          boxes: atRows(positive?.boxes, boxWeight),
        })
      : null,
  };
}

/** Class loss and box loss of each foreground RoI, `[rows]`. */
function positiveLosses(
  output: HeadOutput,
  assignments: readonly RoiAssignment[],
  {
    rows,
    config,
    coder,
  }: Pick<StageLossOptions, "config" | "coder"> & { readonly rows: readonly number[] },
): Readonly<Record<"class" | "boxes", tf.Tensor1D>> {
  const positives = assignments.map(({ assignment }) =>
    Array.from(assignment.keys()).filter((i) => assignment[i] >= 0),
  );
  const matches = assignments.map(({ assignment }, image) =>
    positives[image].map((i) => assignment[i]),
  );
  const classIds = assignments.flatMap(({ target }, image) =>
    matches[image].map((match) => target.classIds[match]),
  );
  const indices = tf.tensor1d([...rows], "int32");
  const classLogits = output.classLogits.gather(indices);
  const classLosses = softmaxCrossEntropy(
    classLogits,
    tf.tensor1d(classIds, "int32"),
    config.labelSmoothing,
  );
  return {
    class: classLosses,
    boxes: boxLosses({
      kind: config.boxLoss,
      coder,
      references: concatBoxes(
        assignments.map(({ rois }, image) => gatherBoxes(rois, positives[image])),
      ),
      matched: concatBoxes(
        assignments.map(({ target }, image) => gatherBoxes(target.boxes, matches[image])),
      ),
      deltas: output.boxDeltas.gather(indices),
    }),
  };
}

/** The shares of all RoIs, parted into images. */
function partByImage(
  assignments: readonly RoiAssignment[],
  shares: Readonly<Record<"logits" | "foreground" | "class" | "boxes", Float32Array>>,
): RoiLosses[] {
  let first = 0;
  return assignments.map(({ rois, assignment, iou }) => {
    const start = first;
    first += assignment.length;
    const own = (all: Float32Array) => all.slice(start, first);
    return {
      rois,
      assignment,
      iou,
      logits: own(shares.logits),
      foreground: own(shares.foreground),
      class: own(shares.class),
      boxes: own(shares.boxes),
    };
  });
}
