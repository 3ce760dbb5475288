/**
 * The training loop: batches in random order, gradients, the optimizer, and a validation after
 * every `training.validateEvery` epochs. Every part of it can be called alone.
 */
import { setImmediate } from "timers/promises";
import { inspect } from "util";
import type { Config } from "../config/index";
import type { Dataset } from "../data/dataset";
import type { Detector } from "../detectors/detector";
import { computeMetrics, type Metrics } from "../metrics/metrics";
import type { EndEvent, PreparingEvent, StepEvent, TrainingEvent } from "../runs/events";
import { History } from "../runs/history";
import type { ImageDetections } from "../types";
import { eventStream, exhaust } from "../util/event-stream";
import { freeWhenReplaced } from "../util/running-cell";
import { type BatchResult, BatchTrainer } from "./batch-trainer";
import type { TrainingState } from "./checkpoint";
import { detectCached } from "./detect-cached";
import { type BestEpoch, stoppedEarly } from "./early-stopping";
import type { RunFolder } from "./run-folder";
import { requireEnoughClasses } from "./require-classes";
import { stepReport } from "./step-report";
import type { EpochOptions, FitOptions, StepReport, TrainerOptions } from "./trainer-options";
import { TrainingClock } from "./training-clock";
import { TrainingFeatures } from "./training-features";
import { endEvent, showPreparation, validationEvent, validationNotice } from "./training-events";
import { byProgress, type TrainingPosition } from "./training-position";
import { requireValidationImages, watchedImages } from "./watched-images";

export type { FitOptions, StepReport, TrainerOptions } from "./trainer-options";

/**
 * Trains a detector. Its configuration says how. After training, `finish` gives the detector the
 * averaged weights.
 * @example
 * const dataset = (await openDataset("../data/sample")).requireValid();
 * const { train, validation } = dataset.partition(presets.default);
 * const detector = await createDetector(presets.default, dataset.classNames);
 * const trainer = new Trainer({ detector, train, validation });
 * await show.live((signal) => trainer.fit({ signal }), () => [figures.losses(trainer.history)]);
 * trainer.finish();
 */
export class Trainer {
  readonly detector: Detector;
  readonly train: Dataset;
  readonly validation: Dataset | null;
  private readonly runFolder: RunFolder | null;
  private readonly features: TrainingFeatures;
  private readonly config: Config;

  private readonly batches: BatchTrainer;
  private readonly position: TrainingPosition;
  private readonly clock = new TrainingClock();
  private past = new History();
  /** Whether the run folder was prepared for this training. */
  private isBegun = false;

  /**
   * @throws when there are no training images or no boxes, when the data set has errors, and when
   * the detector has too few classes
   */
  constructor(options: TrainerOptions) {
    const { detector, train, validation = null, runFolder = null, features = null } = options;
    const { allowNoBoxes = false } = options;
    train.requireValid();
    if (!train.images.length) throw new Error("there are no training images");
    if (!train.boxCount && !allowNoBoxes)
      throw new Error(
        `none of the ${train.images.length} training images has a box, so there is nothing to learn: check the notes and problems of the data set, which say how it was read`,
      );
    requireEnoughClasses(detector, train);
    this.detector = detector;
    this.train = train;
    this.validation = validation;
    this.runFolder = runFolder;
    this.features = new TrainingFeatures({ detector, train, validation, shared: features });
    this.config = detector.config;
    this.batches = new BatchTrainer(detector, train.images.length);
    this.position = this.batches.position;
    freeWhenReplaced(this, [this.features, this.batches]);
  }

  /** One line, which notebooks and `console.log` show. */
  [inspect.custom](): string {
    const { epochs } = this.config.training;
    const validation = this.validation?.images.length ?? 0;
    return `Trainer: ${this.epochsDone} of ${epochs} epochs done; ${this.train.images.length} training and ${validation} validation images`;
  }

  /** The steps and validations so far. */
  get history(): History {
    return this.past;
  }

  /** Number of batches of an epoch. */
  get stepsPerEpoch(): number {
    return this.position.stepsPerEpoch;
  }

  /** Number of finished epochs. */
  get epochsDone(): number {
    return this.position.state.epoch;
  }

  /**
   * Minutes that `fit` and `step` took until they last saved something. They include features,
   * validations, and the time between the events of `fit`.
   */
  get minutes(): number {
    return this.clock.minutes;
  }

  /**
   * Decodes the images and computes their frozen features. `step` and `fit` do it when it is
   * missing.
   * @param signal stops after the current batch; call it again to go on
   * @throws when an image cannot be decoded, and when there is not enough memory and disk space
   * @example
   * await show.live((signal) => trainer.prepare(signal));
   */
  prepare(signal?: AbortSignal): AsyncGenerator<PreparingEvent> {
    return eventStream("trainer.prepare", this.features.prepare(signal));
  }

  /**
   * Trains the next batch, and returns everything that its stages made of it. It is the same step
   * that `fit` would do next: it is part of the history and of the schedule, and `fit` goes on
   * after it. When an epoch has ended, it is validated and saved first. When all epochs are done,
   * nothing is trained or recorded: the report then shows the losses of a further batch.
   * @param options the number of epochs of the whole run
   * @throws when the loss or its gradient is not finite
   * @example
   * await show(await figures.proposals(await trainer.step()));
   */
  async step({ epochs = this.config.training.epochs }: EpochOptions = {}): Promise<StepReport> {
    this.clock.start();
    await showPreparation(this.prepare());
    if (this.position.state.endDue) {
      if (!this.isBegun) await this.begin();
      await exhaust(this.endEpoch(epochs, this.defaultWatched()));
    }
    const step = this.isDone(epochs)
      ? this.batches.look(this.features.train, { epochs })
      : await this.recordStep(epochs, { withTrace: true });
    this.clock.tick();
    return stepReport(step);
  }

  /**
   * Returns what `step` would return next, and trains nothing: weights, history and schedule stay
   * as they are.
   * @param options the number of epochs of the whole run
   * @example
   * await show(await figures.proposals(await trainer.look()));
   */
  async look({ epochs = this.config.training.epochs }: EpochOptions = {}): Promise<StepReport> {
    await showPreparation(this.prepare());
    return stepReport(this.batches.look(this.features.train, { epochs }));
  }

  /**
   * Trains until all epochs are done, or until the signal stops it. Yields every step and every
   * validation. After a stop, nothing is lost: the next call goes on from there.
   * @throws when the loss or its gradient is not finite, when a watched image is not a validation
   * image, when the run folder cannot be written to, and when another process works in it
   * @example
   * await show.live((signal) => trainer.fit({ signal, epochs: 5 }));
   */
  fit(options: FitOptions = {}): AsyncGenerator<TrainingEvent> {
    return eventStream("trainer.fit", this.fitEvents(options));
  }

  private async *fitEvents(options: FitOptions): AsyncGenerator<TrainingEvent> {
    const { signal, epochs = this.config.training.epochs, until = epochs } = options;
    const watched = requireValidationImages(
      options.watched ?? this.defaultWatched(),
      this.validation?.images ?? [],
    );
    this.clock.start();
    const unlock = await this.runFolder?.lock();
    try {
      if (!this.isDone(epochs)) {
        const notice = validationNotice(this.validation);
        if (notice) yield notice;
        await this.begin();
      }
      yield* this.prepare(signal);
      for (;;) {
        if (this.position.state.endDue) yield* this.endEpoch(epochs, watched, until);
        if (signal?.aborted || this.isDone(epochs) || this.epochsDone >= until) break;
        const { event } = await this.recordStep(epochs);
        yield event;
      }
      yield await this.end(epochs);
    } finally {
      unlock?.();
    }
  }

  /**
   * Goes on from the checkpoint of the run folder, if it is further than this trainer. Training
   * then ends with the same bits as an uninterrupted one.
   * @returns sentences that say where training goes on
   * @throws when there is no run folder, when the checkpoint belongs to another configuration or to
   * other data, and when all checkpoints are damaged
   * @example
   * await show(await trainer.resume());
   */
  async resume(): Promise<string> {
    if (!this.runFolder) throw new Error("a trainer without a run folder keeps no checkpoints");
    const found = await this.runFolder.findCheckpoint(this);
    if (!found && !this.history.steps.length)
      return "There is no checkpoint to go on from: training starts with the first epoch.";
    const isFurther = found !== null && byProgress(found.state, this.position.state) > 0;
    if (isFurther) this.restore(found.state);
    const { epochs } = this.config.training;
    const { epoch, stepOfEpoch, stepsPerEpoch } = this.batches.stepPosition(epochs);
    const position = `epoch ${epoch + 1} of ${epochs}, step ${stepOfEpoch + 1} of ${stepsPerEpoch}`;
    return [
      ...(found?.notices ?? []),
      `Training goes on from ${isFurther ? "its checkpoint" : "where it is"}: ${position}.`,
    ].join("\n");
  }

  /** Everything that training needs to go on with the same bits, as plain values. */
  state(): TrainingState {
    return {
      ...this.batches.state(),
      minutes: this.minutes,
      history: this.history.toJSON(),
    };
  }

  /**
   * Restores a state that `state` returned, of a trainer with the same configuration and images.
   */
  restore(state: TrainingState): void {
    this.batches.restore(state);
    const { steps, validations, speeds } = state.history;
    this.past = new History([...steps], [...validations], [...speeds]);
    this.clock.restore(state.minutes);
  }

  /**
   * Detects in the validation images with the averaged weights.
   * @returns boxes in pixels of the original images
   * @throws when there is no validation part
   * @example
   * const detections = await trainer.detectValidation();
   */
  async detectValidation(): Promise<ImageDetections[]> {
    if (!this.validation) throw new Error("there is no validation part");
    await showPreparation(this.prepare());
    return this.withAverage(() => detectCached(this.detector, this.features.validation!));
  }

  /**
   * The metrics of the averaged weights on the validation part.
   * @throws when there is no validation part
   * @example
   * const { classAgnostic } = await trainer.validate();
   */
  async validate(): Promise<Metrics> {
    const detections = await this.detectValidation();
    return computeMetrics(this.validation!.groundTruths(), detections, this.train.classNames);
  }

  /**
   * Runs `work` while the detector has the averaged weights. Afterwards it has the weights of the
   * last step again.
   */
  async withAverage<T>(work: () => T | Promise<T>): Promise<T> {
    return this.batches.withAverage(work);
  }

  /** Gives the detector the averaged weights, for detecting and saving after training. */
  finish(): void {
    this.batches.applyAverage();
  }

  /** Frees features, optimizer and averages. The detector stays. */
  dispose(): void {
    this.features.dispose();
    this.batches.dispose();
  }

  private defaultWatched(): readonly string[] {
    return watchedImages(this.validation?.images ?? []);
  }

  private isDone(epochs: number): boolean {
    if (this.position.state.endDue) return false;
    return this.epochsDone >= epochs || this.stoppedEarly() !== null;
  }

  private stoppedEarly(): BestEpoch | null {
    return stoppedEarly(this.history.validations, this.config.training.patience);
  }

  /** Prepares the run folder for this training, before anything is written into it. */
  private async begin(): Promise<void> {
    await this.runFolder?.begin(this);
    this.isBegun = true;
  }

  /** Trains the next batch, and adds the step to the history. */
  private async recordStep(
    epochs: number,
    { withTrace = false } = {},
  ): Promise<BatchResult & { readonly event: StepEvent }> {
    const start = performance.now();
    const { stepsPerEpoch: steps, stepOfEpoch } = this.position;
    const [epoch, step] = [this.epochsDone + 1, stepOfEpoch + 1];
    const { batch, result } = this.batches.train(this.features.train, { epochs, withTrace });
    // Signals, timers and the connection of the notebook have their turn.
    await setImmediate();
    const seconds = this.clock.addStep(start);
    const { losses, learningRate, gradientNorm } = result;
    const event: StepEvent = {
      kind: "step",
      epoch,
      epochs,
      step,
      steps,
      losses,
      learningRate,
      gradientNorm,
      imagesPerSecond: batch.targets.length / seconds,
      secondsLeft: ((epochs - epoch) * steps + steps - step) * seconds,
    };
    this.history.add(event);
    await this.saveWithinEpoch(step);
    return { batch, result, event };
  }

  /** Saves a checkpoint within an epoch when one is due. The end of an epoch saves its own. */
  private async saveWithinEpoch(step: number): Promise<void> {
    const every = this.runFolder?.checkpointEvery;
    if (!every || !this.isBegun || this.position.state.endDue || step % every) return;
    this.clock.tick();
    await this.runFolder?.saveCheckpoint(this);
  }

  /** Validates an epoch when it is due, and saves it. */
  private async *endEpoch(
    epochs: number,
    watched: readonly string[],
    until = epochs,
  ): AsyncGenerator<TrainingEvent> {
    const { seed, training } = this.config;
    const epoch = this.epochsDone;
    const last = this.history.validations.at(-1);
    const isDue = epoch % training.validateEvery === 0 || epoch === epochs || epoch === until;
    let metrics = last?.epoch === epoch ? last.metrics : null;
    if (!metrics && this.validation && isDue) {
      const event = validationEvent({
        epoch,
        validation: this.validation,
        detections: await this.detectValidation(),
        classNames: this.train.classNames,
        seed,
        watched,
      });
      this.history.add(event);
      yield event;
      metrics = event.metrics;
    }
    this.clock.tick();
    this.position.setEndDue(false);
    try {
      await this.runFolder?.saveEpoch(this, metrics);
    } catch (error) {
      // The next call of `fit` tries again: the disk may have space by then.
      this.position.setEndDue(true);
      throw error;
    }
  }

  /** Ends a call of `fit`: removes the checkpoints of a finished run, or saves one. */
  private async end(epochs: number): Promise<EndEvent> {
    const event = endEvent({ epoch: this.epochsDone, epochs, stoppedEarly: this.stoppedEarly() });
    if (event.kind === "stopped") {
      this.clock.tick();
      await this.runFolder?.saveCheckpoint(this);
    } else if (this.isDone(this.config.training.epochs)) {
      await this.runFolder?.finish();
    }
    return event;
  }
}
