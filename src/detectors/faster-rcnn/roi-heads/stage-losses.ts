/**
 * Training of the head, second part: the losses of one stage (Fast R-CNN, section 2.3). The
 * foreground has its own loss, apart from the class.
 */
import { concatBoxes, gatherBoxes } from "../../../boxes/box";
import type { BoxCoder } from "../../../boxes/box-coder";
import type { CascadeStage, HeadConfig } from "../../../config/index";
import { boxLosses } from "../../../tensor/box-losses";
import { gatherRows } from "../../../tensor/gather-rows";
import { sigmoidCrossEntropy, softmaxCrossEntropy, sumOver } from "../../../tensor/losses";
import { tf } from "../../../tensor/tensorflow";
import { lossShares, type RoiLosses } from "../loss-shares";
import type { RoiAssignment } from "./assign-targets";
import type { HeadOutput } from "./box-head";

/** Options of `stageLosses`. */
export interface StageLossOptions {
  readonly config: HeadConfig;
  readonly stage: CascadeStage;
  readonly coder: BoxCoder;
  /** Also computes the share of each RoI. */
  readonly withShares: boolean;
}

/**
 * The weighted losses of one stage. The tensors belong to the caller's gradient tape. Only
 * foreground RoIs have a class and a box: without them, `class` and `boxes` are null.
 */
export interface StageTerms {
  /** Binary cross entropy, the mean over all RoIs of the batch. */
  readonly foreground: tf.Scalar;
  /** Softmax cross entropy, the mean over the foreground RoIs of the batch. */
  readonly class: tf.Scalar | null;
  /** Regression loss, the mean over the foreground RoIs of the batch. */
  readonly boxes: tf.Scalar | null;
  /** The share of each RoI, one entry for each image; null without `withShares`. */
  readonly byRoi: readonly RoiLosses[] | null;
}

/**
 * Computes the losses of one stage.
 * @param output the predictions for all RoIs of the batch, image by image
 * @param assignments the RoIs of each image and their targets
 */
export function stageLosses(
  output: HeadOutput,
  assignments: readonly RoiAssignment[],
  { config, stage, coder, withShares }: StageLossOptions,
): StageTerms {
  const matches = assignments.flatMap(({ assignment }) => Array.from(assignment));
  const count = matches.length;
  const labels = tf.tensor1d(matches.map((match) => (match >= 0 ? 1 : 0)));
  const crossEntropies = sigmoidCrossEntropy(output.foreground, labels);
  const foregroundRows = matches.flatMap((match, row) => (match >= 0 ? [row] : []));
  const positive = foregroundRows.length
    ? positiveLosses(output, assignments, { rows: foregroundRows, config, coder })
    : null;
  const weights = {
    foreground: config.foregroundWeight * stage.lossWeight,
    class: config.classWeight * stage.lossWeight,
    boxes: config.boxWeight * stage.lossWeight,
  };
  /** The shares of all RoIs, which are 0 for background. */
  const positiveShares = (term: "class" | "boxes") => {
    const shares = new Float32Array(count);
    if (positive)
      lossShares(positive[term], foregroundRows.length, weights[term]).forEach(
        (share, k) => (shares[foregroundRows[k]] = share),
      );
    return shares;
  };
  const meanOfPositives = (term: "class" | "boxes") =>
    positive && sumOver(positive[term], foregroundRows.length).mul<tf.Scalar>(weights[term]);
  return {
    foreground: sumOver(crossEntropies, count).mul(weights.foreground),
    class: meanOfPositives("class"),
    boxes: meanOfPositives("boxes"),
    byRoi: withShares
      ? splitByImage(assignments, {
          logits: output.foreground.dataSync<"float32">(),
          foreground: lossShares(crossEntropies, count, weights.foreground),
          class: positiveShares("class"),
          boxes: positiveShares("boxes"),
        })
      : null,
  };
}

interface PositiveRows extends Pick<StageLossOptions, "config" | "coder"> {
  /** Rows of the foreground RoIs in the output. */
  readonly rows: readonly number[];
}

/** The class loss and the regression loss of each foreground RoI, `[rows]`. */
function positiveLosses(
  output: HeadOutput,
  assignments: readonly RoiAssignment[],
  { rows, config, coder }: PositiveRows,
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
  const classLogits = gatherRows(output.classLogits, rows);
  const classLosses = softmaxCrossEntropy(classLogits, tf.tensor1d(classIds, "int32"), config);
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
      deltas: gatherRows(output.boxDeltas, rows),
    }),
  };
}

/** Splits the shares of all RoIs of a batch by image. */
function splitByImage(
  assignments: readonly RoiAssignment[],
  shares: Readonly<Record<"logits" | "foreground" | "class" | "boxes", Float32Array>>,
): RoiLosses[] {
  let end = 0;
  return assignments.map(({ rois, assignment, iou }) => {
    const start = end;
    end += assignment.length;
    const ofImage = (values: Float32Array) => values.slice(start, end);
    return {
      rois,
      assignment,
      iou,
      logits: ofImage(shares.logits),
      foreground: ofImage(shares.foreground),
      class: ofImage(shares.class),
      boxes: ofImage(shares.boxes),
    };
  });
}
