/**
 * The joint loss of the original experiment: 0.2 × objectness + 0.4 × regression + 0.4 × class. The
 * first two terms are those of Faster R-CNN (section 3.1.2, equation 1).
 */
import type { Config } from "../../config/index";
import { sumOver } from "../../tensor/losses";
import type { AnchorAssignment } from "../faster-rcnn/rpn/assign-anchors";
import { rpnLosses } from "../faster-rcnn/rpn/rpn-loss";
import type { RpnOutput } from "../faster-rcnn/rpn/rpn";
import { tf } from "../../tensor/tensorflow";

/** The target of tanh for each class. */
const SIGN_OF_CLASS = [-1, 1];

/** The outputs of both stages and their targets. */
export interface JointLossInput {
  readonly output: RpnOutput;
  /** One entry for each image. */
  readonly assignments: readonly AnchorAssignment[];
  /** `[R]`: the output of the class head; null without regions. */
  readonly classOutput: tf.Tensor1D | null;
  /** `[R]`: the class of each region, 0 or 1. */
  readonly classIds: readonly number[];
  readonly config: Config;
}

/** Computes the three weighted terms. They belong to the caller's gradient tape. */
export function jointLoss({
  output,
  assignments,
  classOutput,
  classIds,
  config,
}: JointLossInput): Readonly<Record<"objectness" | "regression" | "class", tf.Scalar>> {
  const { objectness, boxes } = rpnLosses(output, assignments, { config: config.rpn });
  if (!classOutput) return { objectness, regression: boxes, class: tf.scalar(0) };
  const signs = tf.tensor1d(classIds.map((classId) => SIGN_OF_CLASS[classId]));
  const squaredErrors = classOutput.sub(signs).square() as tf.Tensor1D;
  return {
    objectness,
    regression: boxes,
    class: sumOver(squaredErrors, classIds.length).mul(config.head.classWeight) as tf.Scalar,
  };
}
