/**
 * The training loop: batches in random order, gradients, the optimizer, validation by epoch; every
 * part of it can be called alone.
 */
import type { Config } from "../config/index";
import type { Dataset } from "../data/dataset";
import { apIntervals } from "../metrics/ap-interval";
import { computeMetrics, Metrics } from "../metrics/metrics";
import type { Detector } from "../detectors/detector";
import type { StepTrace } from "../detectors/faster-rcnn/training-trace";
import { Random } from "../util/random";
import { tf } from "../tensor/tensorflow";
import type { ImageDetections, Sample } from "../types";
import type { EndEvent, PreparingEvent, StepEvent, TrainingEvent } from "../runs/events";
import { batchPixels, CachedBatch, FeatureCache } from "./feature-cache";
import { History } from "../runs/history";
import type { TrainingState } from "./checkpoint";
import { byProgress, TrainingPosition } from "./training-position";
import { detectCached } from "./detect-cached";
import { gradientStep, type StepResult } from "./gradient-step";
import { AdamOptimizer } from "./optimizer";
import { BEST_METRIC, BestEpoch, stoppedEarly } from "./early-stopping";
import { keepWatched, watchedImages, requireImages } from "./watched-images";
import { RunFolder } from "./run-folder";
import { takeUntil } from "../util/take-until";
import { WeightAverage } from "./weight-average";

/** Steps whose mean duration tells the time left. */
const SPEED_WINDOW = 20;

/** One step with everything it saw. */
export interface StepReport extends Omit<StepResult, "trace"> {
  readonly trace: StepTrace;
  readonly samples: readonly Sample[];
  /** `[S, S]` grey values of each image as the network saw it. */
  readonly pixels: readonly Uint8Array[];
}

export interface FitOptions {
  /** Epochs in all, those already done included; the configuration's by default. */
  readonly epochs?: number;
  /** Stops after the step under way; `fit` called again goes on with the next. */
  readonly signal?: AbortSignal;
  /**
   * Ids of the validation images whose detections the history keeps at every validation; by
   * default one image of each of a few patients.
   */
  readonly shown?: readonly string[];
}

export interface TrainerOptions {
  readonly detector: Detector;
  readonly train: Dataset;
  /** Evaluated after each epoch; without it nothing is evaluated. */
  readonly validation?: Dataset | null;
  /** Where weights and history are saved after each epoch; without it they stay in memory. */
  readonly runFolder?: RunFolder | null;
  /**
   * Features of the images of both parts, shared by several trainers; without them the trainer
   * computes its own.
   */
  readonly features?: FeatureCache | null;
}

/**
 * The training loop.
 * @example
 * const trainer = new Trainer({ detector, train, validation });
 * await show.live((signal) => trainer.fit({ signal }), () => [figures.losses(trainer.history)]);
 */
export class Trainer {
  private readonly optimizer: AdamOptimizer;
  private readonly average: WeightAverage | null;
  private random: Random;
  private readonly config: Config;
  private trainCache: FeatureCache | null = null;
  private validationCache: FeatureCache | null = null;
  private readonly position: TrainingPosition;
  private past = new History();
  /** Minutes up to `since`. */
  private spent = 0;
  private since = 0;

  readonly detector: Detector;
  readonly train: Dataset;
  readonly validation: Dataset | null;
  private readonly runFolder: RunFolder | null;
  private readonly features: FeatureCache | null;

  constructor({
    detector,
    train,
    validation = null,
    runFolder = null,
    features = null,
  }: TrainerOptions) {
    this.detector = detector;
    this.train = train;
    this.validation = validation;
    this.runFolder = runFolder;
    this.features = features;
    train.requireValid();
    if (!train.images.length) throw new Error("there are no training images");
    this.config = detector.config;
    this.optimizer = new AdamOptimizer(this.config.training);
    const { averageDecay } = this.config.training;
    this.average =
      averageDecay === null ? null : new WeightAverage(detector.variables(), averageDecay);
    this.random = new Random(`${this.config.seed}/training`);
    this.position = new TrainingPosition(train.images.length, this.config.training.batchSize);
  }

  /** What happened so far. */
  get history(): History {
    return this.past;
  }

  /** Batches of an epoch. */
  get stepsPerEpoch(): number {
    return this.position.stepsPerEpoch;
  }

  /** Epochs that are done. */
  get epochsDone(): number {
    return this.position.state.epoch;
  }

  /**
   * Minutes that `fit` took until it last kept something, features, validation and whatever its
   * caller did in between included.
   */
  get minutes(): number {
    return this.spent;
  }

  /**
   * Decodes the images and computes their frozen features; `step` and `fit` call it when it was
   * not called before.
   */
  async *prepare(signal?: AbortSignal): AsyncGenerator<PreparingEvent> {
    this.trainCache ??= this.openCache(this.train);
    yield* takeUntil(
      signal,
      this.trainCache.fill(this.config.augmentation.copies, "features of training images"),
    );
    if (!this.validation || signal?.aborted) return;
    this.validationCache ??= this.openCache(this.validation);
    yield* takeUntil(signal, this.validationCache.fill(0, "features of validation images"));
  }

  /** Trains one batch and returns everything it saw. */
  async step(): Promise<StepReport> {
    for await (const _ of this.prepare()) void _;
    const { batch, result } = this.trainBatch(this.config.training.epochs, true);
    return {
      ...result,
      trace: result.trace!,
      samples: batch.images.map(({ sample }) => sample),
      pixels: await batchPixels(batch.images),
    };
  }

  /**
   * Trains until all epochs are done or the signal stops it, telling every step and validation.
   * Nothing is lost by stopping.
   */
  async *fit(options: FitOptions = {}): AsyncGenerator<TrainingEvent> {
    const { signal, epochs = this.config.training.epochs } = options;
    const images = this.validation?.images ?? [];
    const shown = requireImages(options.shown ?? watchedImages(images), images);
    this.since = performance.now();
    if (!this.isDone(epochs)) await this.runFolder?.begin(this);
    yield* this.prepare(signal);
    const durations: number[] = [];
    const steps = this.stepsPerEpoch;
    for (;;) {
      if (this.position.state.endDue) yield* this.endEpoch(epochs, shown);
      if (signal?.aborted || this.isDone(epochs)) break;
      const start = performance.now();
      const [epoch, step] = [this.epochsDone + 1, this.position.stepOfEpoch + 1];
      const { batch, result } = this.trainBatch(epochs, false);
      // Lets the interrupt signal, timers and the notebook's connection have their turn.
      await new Promise((resolve) => setImmediate(resolve));
      durations.push((performance.now() - start) / 1000);
      if (durations.length > SPEED_WINDOW) durations.shift();
      const seconds = durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
      const told = this.remember<StepEvent>({
        kind: "step",
        epoch,
        epochs,
        step,
        steps,
        losses: result.losses,
        learningRate: result.learningRate,
        gradientNorm: result.gradientNorm,
        imagesPerSecond: batch.targets.length / seconds,
        secondsLeft: ((epochs - epoch) * steps + steps - step) * seconds,
      });
      await this.keepBetween(step);
      yield told;
    }
    yield await this.end(epochs);
  }

  /**
   * Goes on from the run folder's checkpoint, if it is further than this trainer, and ends where an
   * uninterrupted training does, to the bit.
   * @returns what was done, in sentences Throws, saying what differs, when the checkpoint is of
   * another configuration or of other data, and when none is sound.
   */
  async resume(): Promise<string> {
    if (!this.runFolder) throw new Error("a trainer without a run folder keeps no checkpoints");
    const found = await this.runFolder.findCheckpoint(this);
    if (!found)
      return "There is no checkpoint to go on from: training starts with the first epoch.";
    const { state, notices } = found;
    const isFurther = byProgress(state, this.position.state) > 0;
    if (isFurther) this.restore(state);
    const place = `epoch ${this.epochsDone + 1} of ${this.config.training.epochs}, step ${this.position.stepOfEpoch + 1} of ${this.stepsPerEpoch}`;
    return [
      ...notices,
      `Training goes on ${isFurther ? "from its checkpoint" : "from where it stands"}: ${place}.`,
    ].join("\n");
  }

  /** All that a training needs to go on from here, in plain values. */
  state(): TrainingState {
    const weights: Record<string, Float32Array> = {};
    for (const [name, variable] of Object.entries(this.detector.variables()))
      weights[name] = variable.dataSync<"float32">().slice();
    return {
      ...this.position.state,
      minutes: this.minutes,
      random: this.random.state(),
      history: this.past.toJSON(),
      weights,
      optimizer: this.optimizer.state(),
      average: this.average?.state() ?? null,
    };
  }

  /** Goes to a state that `state` gave, of a trainer with the same configuration and images. */
  restore(state: TrainingState): void {
    const variables = this.detector.variables();
    for (const [name, variable] of Object.entries(variables)) {
      const value = tf.tensor(state.weights[name], variable.shape);
      variable.assign(value);
      value.dispose();
    }
    this.optimizer.restore(state.optimizer, variables);
    if (state.average) this.average?.restore(state.average);
    this.random = new Random(state.random);
    const { steps, validations, speeds } = state.history;
    this.past = new History([...steps], [...validations], [...speeds]);
    this.position.restore(state);
    this.spent = state.minutes;
  }

  /**
   * Detections of the validation images with the averaged weights, in pixels of the original
   * images.
   */
  async detectValidation(): Promise<ImageDetections[]> {
    if (!this.validation) throw new Error("there is no validation part");
    for await (const _ of this.prepare()) void _;
    return this.withAverage(() => detectCached(this.detector, this.validationCache!));
  }

  /** Metrics of the averaged weights on the validation part. */
  async validate(): Promise<Metrics> {
    const detections = await this.detectValidation();
    return computeMetrics(this.validation!.groundTruths(), detections, this.train.classNames);
  }

  /** Runs `work` with the averaged weights in the detector, and the last step's after it. */
  async withAverage<T>(work: () => T | Promise<T>): Promise<T> {
    return this.average && this.history.steps.length ? this.average.during(work) : work();
  }

  /**
   * Puts the averaged weights into the detector for good: what is detected and saved from now on
   * is theirs.
   */
  finish(): void {
    this.average?.apply();
  }

  /** Frees caches and optimizer; the detector lives on. */
  dispose(): void {
    this.trainCache?.dispose();
    this.validationCache?.dispose();
    this.optimizer.dispose();
    this.average?.dispose();
  }

  private isDone(epochs: number): boolean {
    return (
      !this.position.state.endDue && (this.epochsDone >= epochs || this.stoppedEarly() !== null)
    );
  }

  /** How `fit` ends, once what it leaves behind is kept. */
  private async end(epochs: number): Promise<EndEvent> {
    const [epoch, gain] = [this.epochsDone, this.stoppedEarly()];
    if (!gain && epoch < epochs) {
      this.tick();
      await this.runFolder?.saveCheckpoint(this);
      return { kind: "stopped", epoch, reason: "it was interrupted; call fit again to go on" };
    }
    if (gain || epoch >= this.config.training.epochs) await this.runFolder?.finish();
    if (!gain) return { kind: "done", epoch, reason: `all ${epochs} epochs are done` };
    const best = `the ${gain.value.toFixed(3)} of epoch ${gain.epoch}`;
    return {
      kind: "done",
      epoch,
      reason: `stopped early: ${BEST_METRIC} has not risen above ${best} since`,
    };
  }

  /**
   * A checkpoint within an epoch, where the run folder wants one; the end of the epoch has its
   * own.
   */
  private async keepBetween(step: number): Promise<void> {
    const every = this.runFolder?.checkpointEvery;
    if (!every || this.position.state.endDue || step % every) return;
    this.tick();
    await this.runFolder?.saveCheckpoint(this);
  }

  private tick(): void {
    const now = performance.now();
    this.spent += (now - this.since) / 60_000;
    this.since = now;
  }

  private stoppedEarly(): BestEpoch | null {
    return stoppedEarly(this.history.validations, this.config.training.patience);
  }

  private openCache(dataset: Dataset): FeatureCache {
    return (
      this.features?.part(dataset.images.map(({ id }) => id)) ??
      FeatureCache.open(this.detector, dataset)
    );
  }

  private async *endEpoch(epochs: number, shown: readonly string[]): AsyncGenerator<TrainingEvent> {
    const { validateEvery } = this.config.training;
    const epoch = this.epochsDone;
    const last = this.past.validations.at(-1);
    let metrics = last?.epoch === epoch ? last.metrics : null;
    if (!metrics && this.validation && (epoch % validateEvery === 0 || epoch === epochs)) {
      const detections = await this.detectValidation();
      const targets = this.validation!.groundTruths();
      metrics = computeMetrics(targets, detections, this.train.classNames);
      const intervals = apIntervals(targets, detections, { seed: this.config.seed });
      const kept = keepWatched(detections, shown);
      yield this.remember({ kind: "validation", epoch, metrics, intervals, shown: kept });
    }
    this.tick();
    this.position.setEndDue(false);
    try {
      await this.runFolder?.saveEpoch(this, metrics);
    } catch (error) {
      // Tried again when `fit` is called again, with the disk freed meanwhile.
      this.position.setEndDue(true);
      throw error;
    }
  }

  /** Trains the next batch. */
  private trainBatch(
    epochs: number,
    withTrace: boolean,
  ): { batch: CachedBatch; result: StepResult } {
    const batch = this.trainCache!.batch(this.position.next(this.random), this.random);
    const { stepsPerEpoch, stepOfEpoch } = this.position;
    const place = { epoch: this.epochsDone, stepOfEpoch, stepsPerEpoch, epochs };
    try {
      const result = gradientStep(this.detector, batch, {
        optimizer: this.optimizer,
        place,
        random: this.random,
        withTrace,
      });
      this.average?.update();
      this.position.advance();
      return { batch, result };
    } finally {
      tf.dispose(batch.features);
    }
  }

  private remember<T extends StepEvent | TrainingEvent>(event: T): T {
    this.history.add(event);
    return event;
  }
}
