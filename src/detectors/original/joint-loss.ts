/** The original's joint loss: a fifth objectness, two fifths regression, two fifths class. */
import type { Config } from "../../config/index";
import { sumOver } from "../../tensor/losses";
import type { AnchorAssignment } from "../faster-rcnn/rpn/assign-anchors";
import { rpnLosses } from "../faster-rcnn/rpn/rpn-loss";
import type { RpnOutput } from "../faster-rcnn/rpn/rpn";
import { tf } from "../../tensor/tensorflow";

/** A class index as what tanh is to give. */
const SIGN_OF_CLASS = [-1, 1];

export interface JointLossInput {
  readonly output: RpnOutput;
  /** One entry for each image. */
  readonly assignments: readonly AnchorAssignment[];
  /** `[R]` of the class head; null when there is no region. */
  readonly classOutput: tf.Tensor1D | null;
  /** `[R]`: each region's own class, 0 or 1. */
  readonly classIds: readonly number[];
  readonly config: Config;
}

/** The three terms, weighted, for the caller's tape. */
export function jointLoss({
  output,
  assignments,
  classOutput,
  classIds,
  config,
}: JointLossInput): Readonly<Record<"objectness" | "regression" | "class", tf.Scalar>> {
  const { objectness, boxes } = rpnLosses(output, assignments, { config: config.rpn });
  if (!classOutput) return { objectness, regression: boxes, class: tf.scalar(0) };
  const wanted = tf.tensor1d(classIds.map((classId) => SIGN_OF_CLASS[classId]));
  const squared = classOutput.sub(wanted).square() as tf.Tensor1D;
  return {
    objectness,
    regression: boxes,
    class: sumOver(squared, classIds.length).mul(config.head.classWeight) as tf.Scalar,
  };
}
