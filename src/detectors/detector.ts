/** What the training loop, the evaluation and the commands need of a detector, whichever architecture it has. */
import type { Config } from "../config/index";
import type { Random } from "../util/random";
import type { tf } from "../tensor/tensorflow";
import type { Detection, Truth } from "../types";
import type { StepTrace } from "./faster-rcnn/training-trace";

/** The losses of one batch. Scalars that belong to the caller's tape; `trace` is plain data. */
export interface StepLosses {
  /** The weighted sum that training minimizes. */
  readonly total: tf.Scalar;
  /** Each weighted term by name. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
  readonly trace: StepTrace;
}

export interface Detector {
  readonly config: Config;
  readonly classNames: readonly string[];

  /** The trained variables by unique name; the detector owns them. */
  variables(): Readonly<Record<string, tf.Variable>>;

  /**
   * Runs the part that keeps its ImageNet weights. It depends on the images alone, so that it can be run once and cached.
   * @param images `[N, S, S, 3]`, 0 to 255
   * @returns the tensors that `losses` and `detectFeatures` start from, each with the N images as its first axis; the caller disposes them
   */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[];

  /** The losses of one batch, to be called inside a gradient tape. `truths` holds one entry an image. */
  losses(features: readonly tf.Tensor4D[], truths: readonly Truth[], random: Random): StepLosses;

  /** The detections of each image, by falling score; boxes in pixels of the network's input. Disposes nothing it was given. */
  detectFeatures(features: readonly tf.Tensor4D[]): Detection[][];

  dispose(): void;
}
