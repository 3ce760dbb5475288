/**
 * Trains a detector on one batch after the other. It holds everything that changes from step to
 * step: weights, optimizer, averaged weights, random numbers and position.
 */
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import { Random } from "../util/random";
import { throwIfStopped } from "../util/running-cell";
import type { TrainingState } from "./checkpoint";
import type { CachedBatch, FeatureCache } from "./feature-cache";
import { gradientStep, type StepPosition, type StepResult } from "./gradient-step";
import { AdamOptimizer } from "./optimizer";
import { TrainingPosition } from "./training-position";
import { WeightAverage } from "./weight-average";

/** A batch with the result of its step. */
export interface BatchResult {
  readonly batch: CachedBatch;
  readonly result: StepResult;
}

export interface BatchOptions {
  /** Number of epochs of the whole run: the schedule of the learning rate depends on it. */
  readonly epochs: number;
  /** Also returns the trace of the step. Costs time. */
  readonly withTrace?: boolean;
}

/** The part of a training state that changes from step to step. */
export type BatchState = Omit<TrainingState, "minutes" | "history">;

/** Trains a detector batch by batch. */
export class BatchTrainer {
  readonly position: TrainingPosition;
  private readonly optimizer: AdamOptimizer;
  private readonly average: WeightAverage | null;
  private random: Random;

  /** @param images number of training images */
  constructor(
    private readonly detector: Detector,
    images: number,
  ) {
    const { seed, training } = detector.config;
    const { averageDecay, batchSize } = training;
    this.optimizer = new AdamOptimizer(training);
    this.average =
      averageDecay === null ? null : new WeightAverage(detector.variables(), averageDecay);
    this.random = new Random(`${seed}/training`);
    this.position = new TrainingPosition(images, batchSize);
  }

  /**
   * Trains the next batch.
   * @param features of the training images
   * @throws when the loss or its gradient is not finite, and when the cell was stopped; the weights
   * then stay as they were
   */
  train(features: FeatureCache, options: BatchOptions): BatchResult {
    throwIfStopped();
    const { optimizer, random } = this;
    const batch = features.batch(this.position.next(random), random);
    const result = this.compute(batch, { ...options, optimizer, random });
    this.average?.update();
    this.position.advance();
    return { batch, result };
  }

  /**
   * Computes the losses and the trace of a batch. Weights, random numbers and position stay as they
   * are.
   * @param features of the training images
   */
  look(features: FeatureCache, { epochs }: BatchOptions): BatchResult {
    const random = new Random(this.random.state());
    const batch = features.batch(this.position.peek(random), random);
    const result = this.compute(batch, { epochs, withTrace: true, optimizer: null, random });
    return { batch, result };
  }

  /** The position of the next step. */
  stepPosition(epochs: number): StepPosition {
    const { state, stepOfEpoch, stepsPerEpoch } = this.position;
    return { epoch: state.epoch, stepOfEpoch, stepsPerEpoch, epochs };
  }

  /** Runs `work` while the detector has the averaged weights, if a step was made. */
  async withAverage<T>(work: () => T | Promise<T>): Promise<T> {
    return this.average ? this.average.during(work) : work();
  }

  /** Gives the detector the averaged weights. */
  applyAverage(): void {
    this.average?.apply();
  }

  /** Everything that the next steps depend on, as plain values. */
  state(): BatchState {
    const weights: Record<string, Float32Array> = {};
    for (const [name, variable] of Object.entries(this.detector.variables()))
      weights[name] = variable.dataSync<"float32">().slice();
    return {
      ...this.position.state,
      random: this.random.state(),
      weights,
      optimizer: this.optimizer.state(),
      average: this.average?.state() ?? null,
    };
  }

  /** Restores a state that `state` returned, of a detector with the same configuration. */
  restore(state: BatchState): void {
    const variables = this.detector.variables();
    for (const [name, variable] of Object.entries(variables)) {
      const value = tf.tensor(state.weights[name], variable.shape);
      variable.assign(value);
      value.dispose();
    }
    this.optimizer.restore(state.optimizer, variables);
    if (state.average) this.average?.restore(state.average);
    this.random = new Random(state.random);
    this.position.restore(state);
  }

  /** Frees optimizer and averages. The detector stays. */
  dispose(): void {
    this.optimizer.dispose();
    this.average?.dispose();
  }

  private compute(
    batch: CachedBatch,
    { epochs, ...options }: BatchOptions & { optimizer: AdamOptimizer | null; random: Random },
  ): StepResult {
    try {
      return gradientStep(this.detector, batch, {
        ...options,
        position: this.stepPosition(epochs),
      });
    } finally {
      tf.dispose(batch.features);
    }
  }
}
