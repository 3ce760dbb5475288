/**
 * What the training loop, the evaluation and the commands need from a detector, whatever its
 * architecture is.
 */
import type { Constraint } from "../config/constraints";
import type { Config } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import type { NetworkBoxes, NetworkDetection, Target } from "../types";
import type { Random } from "../util/random";
import type { DetectionTrace } from "./faster-rcnn/detection-trace";
import type { StepTrace } from "./faster-rcnn/training-trace";

/** The losses of one batch. The scalars belong to the caller's gradient tape. */
export interface StepLosses {
  /** The weighted sum that training minimizes. */
  readonly total: tf.Scalar;
  /** Each weighted term by name. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
  /** What the step saw, as plain data; null when it was not asked for. */
  readonly trace: StepTrace | null;
}

export interface LossOptions {
  /** Draws the sampled anchors and RoIs. */
  readonly random: Random;
  /**
   * Also returns the trace of the step, with the share of the loss of each sample where the
   * detector has this ability. Costs time.
   */
  readonly withTrace?: boolean;
}

/**
 * How strongly each cell of a feature map responds: the mean of the absolute values of its
 * channels.
 */
export interface FeatureMap {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Pixels of the network's input from one cell to the next; 0 for the features of a region. */
  readonly stride: number;
  /** `[height, width]`, row by row. */
  readonly values: Float32Array;
}

/** The feature maps of one image, and what the head sees of some regions. */
export interface FeatureMaps {
  /** The backbone's levels, finest first, then the neck's map. */
  readonly maps: readonly FeatureMap[];
  /** One map for each region, `outputSize` cells a side. */
  readonly regions: readonly FeatureMap[];
}

export interface Detector {
  readonly config: Config;
  readonly classNames: readonly string[];

  /** The trained variables by unique name; the detector owns them. */
  variables(): Readonly<Record<string, tf.Variable>>;

  /**
   * Runs the part that keeps its ImageNet weights. The result depends only on the images, so it can
   * be computed once and cached.
   * @param images `[N, S, S, 3]`, 0 to 255
   * @returns the tensors that `losses` and `detectFeatures` start from, each with the N images as
   * its first axis; the caller disposes them
   */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[];

  /**
   * The losses of one batch; call it inside a gradient tape.
   * @param features as `frozenFeatures` returns them
   * @param targets one entry for each image
   */
  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    options: LossOptions,
  ): StepLosses;

  /** The detections of each image, by falling score. Does not dispose the features. */
  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][];

  dispose(): void;

  // The abilities below are optional: not every architecture has the stages that they look at.

  /** Detectors with anchors: `[A, 4]`. */
  readonly anchors?: NetworkBoxes;

  /**
   * Detectors with two stages: detects as `detectFeatures` does, and returns what every stage made
   * of each image.
   */
  traceDetections?(features: readonly tf.Tensor4D[]): DetectionTrace[];

  /**
   * Detectors with feature maps: how strongly they respond to one image.
   * @param features of one image
   * @param regions `[R, 4]`
   */
  featureMaps?(features: readonly tf.Tensor4D[], regions: NetworkBoxes): FeatureMaps;
}

/** A detector whose stages can be followed. */
export type TwoStageDetector = Detector & Required<Pick<Detector, "anchors" | "traceDetections">>;

/**
 * All that the project knows about a detector: what its folder exports, and what the registry
 * lists.
 */
export interface DetectorDefinition {
  /** As configurations name it. */
  readonly architecture: string;
  /**
   * Rules about the settings that this detector reads. They apply only to configurations of this
   * architecture.
   */
  readonly constraints: readonly Constraint[];
  /** The only number of classes that it can learn, when it cannot learn any number. */
  readonly classCount?: number;
  /**
   * Makes a detector with its backbone's ImageNet weights and fresh heads; the caller disposes it.
   * @throws WeightsUnavailableError when the backbone's weights are not available
   */
  create(config: Config, classNames: readonly string[]): Promise<Detector>;
}

/**
 * The detector, when its stages can be followed.
 * @throws when it has no stages to follow
 */
export function requireTwoStages(detector: Detector): TwoStageDetector {
  if (detector.anchors && detector.traceDetections) return detector as TwoStageDetector;
  throw new Error(
    `the stages of the architecture '${detector.config.architecture}' cannot be followed: use a preset of 'cascade-rcnn', such as default or accurate`,
  );
}
