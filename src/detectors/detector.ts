/**
 * The interface of a detector. Training, evaluation and commands use only this interface, so that
 * they work with every architecture.
 */
import type { AnchorGrid } from "../boxes/anchors";
import type { Constraint } from "../config/constraints";
import type { Config } from "../config/index";
import type { tf } from "../tensor/tensorflow";
import type { NetworkBoxes, NetworkDetection, Target } from "../types";
import type { Random } from "../util/random";
import type { DetectionTrace } from "./faster-rcnn/detection-trace";
import type { ViewFeatures } from "./faster-rcnn/roi-heads/cascade";
import type { StepTrace } from "./faster-rcnn/training-trace";

/** The losses of one batch. The tensors belong to the caller's gradient tape. */
export interface StepLosses {
  /** The sum of the terms, which training minimizes. */
  readonly total: tf.Scalar;
  /** The weighted terms, by name. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
  /** The intermediate results of the step; null without `withTrace`. */
  readonly trace: StepTrace | null;
}

/** Options of `Detector.losses`. */
export interface LossOptions {
  /** Draws the sampled anchors and RoIs. */
  readonly random: Random;
  /** Also returns the intermediate results, which takes additional time. The default is false. */
  readonly withTrace?: boolean;
}

/** The strength of each cell of a feature map: the mean of the absolute values of its channels. */
export interface FeatureMap {
  /** For figures. */
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Pixels of the network's input from one cell to the next; 0 for a pooled region. */
  readonly stride: number;
  /** `[height, width]` strengths, row by row. */
  readonly values: Float32Array;
}

/** The feature maps of one image, and the pooled features of some regions. */
export interface FeatureMaps {
  /** The levels of the backbone, finest first, then the maps of the neck, finest first. */
  readonly maps: readonly FeatureMap[];
  /** One map for each region, with `outputSize` cells per side. */
  readonly regions: readonly FeatureMap[];
}

/** A network that finds objects in images, and that can be trained. */
export interface Detector {
  readonly config: Config;
  readonly classNames: readonly string[];

  /** The trained variables, by unique names. They belong to the detector. */
  variables(): Readonly<Record<string, tf.Variable>>;

  /**
   * Runs the frozen part of the network. The result depends only on the images, so that it can be
   * computed once and cached.
   * @param images `[N, S, S, 3]`, values from 0 to 255
   * @returns the tensors that `losses` and `detectFeatures` start from; the first axis of each is
   * the N images. The caller disposes them.
   */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[];

  /**
   * Computes the losses of one batch. Call it inside a gradient tape.
   * @param features the result of `frozenFeatures`
   * @param targets the ground truth of each image
   */
  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    options: LossOptions,
  ): StepLosses;

  /**
   * Detects objects.
   * @param features the result of `frozenFeatures`; they are not disposed
   * @returns the detections of each image, by falling score
   */
  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][];

  /** Frees all weights. */
  dispose(): void;

  // The following members are optional, because not every architecture has these stages.

  /** For detectors with anchors: `[A, 4]`, map by map. */
  readonly anchors?: NetworkBoxes;

  /** For detectors with anchors: the maps with the anchors, finest first. */
  readonly anchorGrids?: readonly AnchorGrid[];

  /**
   * For detectors with two stages: detects as `detectFeatures` does, and returns the intermediate
   * results of every stage for each image.
   */
  traceDetections?(features: readonly tf.Tensor4D[]): DetectionTrace[];

  /**
   * For detectors with test-time augmentation: detects in several views of the same images, and
   * averages the results of each region.
   * @param views the result of `frozenFeatures` for each view; the first one is the unchanged image
   */
  traceViews?(views: readonly ViewFeatures[]): DetectionTrace[];

  /**
   * For detectors with feature maps: the strengths of the maps for one image.
   * @param features the result of `frozenFeatures` for one image
   * @param regions `[R, 4]`
   */
  featureMaps?(features: readonly tf.Tensor4D[], regions: NetworkBoxes): FeatureMaps;
}

/** A detector with the optional members for two stages. */
export type TwoStageDetector = Detector &
  Required<Pick<Detector, "anchors" | "anchorGrids" | "traceDetections">>;

/** How a detector is created. */
export interface CreateOptions {
  /** Draws the weights that have no ImageNet values; by default from the configuration's seed. */
  readonly random?: Random;
}

/** Everything the project needs to know about a detector. The registry lists the definitions. */
export interface DetectorDefinition {
  /** Name in configurations. */
  readonly architecture: string;
  /** Rules for configurations of this architecture. */
  readonly constraints: readonly Constraint[];
  /** The number of classes, when the detector cannot learn any other number. */
  readonly classCount?: number;
  /**
   * Creates a detector with ImageNet weights in its backbone and random weights elsewhere. The
   * caller disposes it. `createDetector` checks the configuration first.
   * @throws WeightsUnavailableError when the backbone's weights are not available
   */
  create(config: Config, classNames: readonly string[], options?: CreateOptions): Promise<Detector>;
}

/**
 * Returns the detector as a detector with two stages.
 * @throws when the detector does not have two stages
 */
export function requireTwoStages(detector: Detector): TwoStageDetector {
  if (detector.anchors && detector.anchorGrids && detector.traceDetections)
    return detector as TwoStageDetector;
  throw new Error(
    `the stages of the architecture '${detector.config.architecture}' cannot be followed: use a preset of 'cascade-rcnn', such as default or accurate`,
  );
}
