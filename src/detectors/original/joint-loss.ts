/** The original's joint loss: a fifth objectness, two fifths regression, two fifths class. */
import type { Config } from "../../config/index";
import { sumOver } from "../../tensor/losses";
import { rpnLosses, RpnTargets } from "../faster-rcnn/rpn/rpn-loss";
import type { RpnOutput } from "../faster-rcnn/rpn/rpn";
import { tf } from "../../tensor/tensorflow";

/** A class index as what tanh is to give. */
const SIGN_OF_CLASS = [-1, 1];

/**
 * The three terms, weighted, for the caller's tape.
 * @param classOutput `[R]` of the class head
 * @param classIds `[R]`: each region's own class, 0 or 1
 */
export function jointLoss(
  output: RpnOutput,
  targets: readonly RpnTargets[],
  classOutput: tf.Tensor1D | null,
  classIds: readonly number[],
  config: Config,
): Readonly<Record<"objectness" | "regression" | "class", tf.Scalar>> {
  const { objectness, boxes } = rpnLosses(output, targets, config.rpn);
  if (!classOutput) return { objectness, regression: boxes, class: tf.scalar(0) };
  const wanted = tf.tensor1d(classIds.map((classId) => SIGN_OF_CLASS[classId]));
  const squared = classOutput.sub(wanted).square() as tf.Tensor1D;
  return {
    objectness,
    regression: boxes,
    class: sumOver(squared, classIds.length).mul(config.head.classWeight) as tf.Scalar,
  };
}
