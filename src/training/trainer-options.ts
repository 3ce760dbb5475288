/** What a trainer is made from, how it is run, and what one of its steps reports. */
import type { Dataset } from "../data/dataset";
import type { Detector } from "../detectors/detector";
import type { StepTrace } from "../detectors/faster-rcnn/training-trace";
import type { Sample } from "../types";
import type { FeatureCache } from "./feature-cache";
import type { StepResult } from "./gradient-step";
import type { RunFolder } from "./run-folder";

/** What `Trainer` is made from. Only the first two are required. */
export interface TrainerOptions {
  /** From `createDetector`, with the class names of the data set. */
  readonly detector: Detector;
  /** The training images, for example a part that `Dataset.partition` returns. */
  readonly train: Dataset;
  /** Is evaluated after every `training.validateEvery` epochs; without it nothing is evaluated. */
  readonly validation?: Dataset | null;
  /** Weights and history are saved here after each epoch; without it they stay in memory. */
  readonly runFolder?: RunFolder | null;
  /**
   * The features of the images of both parts, which several trainers can share. Without them the
   * trainer computes its own.
   */
  readonly features?: FeatureCache | null;
  /** Trains without any box too, for measurements of time; such a training learns nothing. */
  readonly allowNoBoxes?: boolean;
}

export interface EpochOptions {
  /**
   * Number of epochs of the whole run, finished ones included; that of the configuration by
   * default. The schedule of the learning rate depends on it.
   */
  readonly epochs?: number;
}

export interface FitOptions extends EpochOptions {
  /** Stops training after the current step. Call `fit` again to go on with the next step. */
  readonly signal?: AbortSignal;
  /**
   * Stops after this number of finished epochs, and validates the last of them. Call `fit` again to
   * go on. The schedule of the learning rate does not depend on it.
   */
  readonly until?: number;
  /**
   * Ids of the validation images whose detections the history records at every validation. By
   * default one image of each of a few patients.
   */
  readonly watched?: readonly string[];
}

/** One step with everything that its stages made of the batch. */
export interface StepReport extends Omit<StepResult, "trace"> {
  readonly trace: StepTrace;
  readonly samples: readonly Sample[];
  /** `[S, S]`: grey values of each image as the network sees it. */
  readonly pixels: readonly Uint8Array[];
}
