/** The training loop: batches in random order, gradients, the optimizer, validation by epoch; every part of it can be called alone. */
import type { Config } from "../config";
import type { Dataset } from "../data/dataset";
import { apIntervals } from "../evaluation/ap-interval";
import { computeMetrics, Metrics } from "../evaluation/metrics";
import { toOriginalDetections } from "../evaluation/detect-dataset";
import type { Detector } from "../model/detector";
import type { StepTrace } from "../model/trace";
import { Random } from "../random";
import { tf } from "../tensorflow";
import type { ImageDetections, Sample } from "../types";
import type { EndEvent, PreparingEvent, StepEvent, TrainingEvent } from "./events";
import { batchPixels, CachedBatch, FeatureCache } from "./feature-cache";
import { History } from "./history";
import { AdamOptimizer, globalNorm } from "./optimizer";
import { BEST_METRIC, BestEpoch, stoppedEarly } from "./best-epoch";
import { keepForReplay, replayImages, requireImages } from "./replay";
import { RunFolder } from "./run-folder";
import { learningRateFactor } from "./schedule";
import { WeightAverage } from "./weight-average";

/** Images detected together when validating. */
const VALIDATION_BATCH = 8;

/** Steps whose mean duration tells the time left. */
const SPEED_WINDOW = 20;

/** One step with everything it saw. */
export interface StepReport {
  readonly losses: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The norm of each variable's gradient. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly trace: StepTrace;
  readonly samples: readonly Sample[];
  /** `[S, S]` grey values of each image as the network saw it. */
  readonly pixels: readonly Uint8Array[];
}

/** What the step itself gives; its pictures are made only for those who look. */
type StepResult = Omit<StepReport, "samples" | "pixels">;

export interface FitOptions {
  /** Epochs in all, those already done included; the configuration's by default. */
  readonly epochs?: number;
  /** Stops after the step under way; `fit` called again goes on with the next. */
  readonly signal?: AbortSignal;
  /** Ids of the validation images whose detections the history keeps at every validation; by default one image of each of a few patients. */
  readonly shown?: readonly string[];
}

export class Trainer {
  readonly history = new History();
  private readonly optimizer: AdamOptimizer;
  private readonly average: WeightAverage | null;
  private readonly random: Random;
  private readonly config: Config;
  private trainCache: FeatureCache | null = null;
  private validationCache: FeatureCache | null = null;
  /** Where training stands: epochs done, and in the one under way the order of the images and how many of them were used. */
  private epoch = 0;
  private order: number[] = [];
  private used = 0;
  /** Minutes of epochs that are done, and when the one under way began. */
  private spent = 0;
  private since = 0;

  /**
   * @param validation may be null: nothing is then evaluated
   * @param runFolder where weights and history are kept after every epoch; null keeps them in memory alone
   * @param features of the images of both parts, shared by several trainers; null computes the trainer's own
   */
  constructor(
    readonly detector: Detector,
    readonly train: Dataset,
    readonly validation: Dataset | null,
    private readonly runFolder: RunFolder | null = null,
    private readonly features: FeatureCache | null = null,
  ) {
    train.requireValid();
    if (!train.images.length) throw new Error("there are no training images");
    this.config = detector.config;
    this.optimizer = new AdamOptimizer(this.config.training);
    const { averageDecay } = this.config.training;
    this.average = averageDecay === null ? null : new WeightAverage(detector.variables(), averageDecay);
    this.random = new Random(`${this.config.seed}/training`);
  }

  /** Batches of an epoch. */
  get stepsPerEpoch(): number {
    return Math.ceil(this.train.images.length / this.config.training.batchSize);
  }

  /** Epochs that are done. */
  get epochsDone(): number {
    return this.epoch;
  }

  /** Minutes that `fit` took for them, features, validation and whatever its caller did in between included. */
  get minutes(): number {
    return this.spent;
  }

  /** Decodes the images and computes their frozen features; `step` and `fit` call it when it was not called before. */
  async *prepare(signal?: AbortSignal): AsyncGenerator<PreparingEvent> {
    this.trainCache ??= await this.openCache(this.train);
    yield* until(signal, this.trainCache.fill(this.config.augmentation.copies, "features of training images"));
    if (!this.validation || signal?.aborted) return;
    this.validationCache ??= await this.openCache(this.validation);
    yield* until(signal, this.validationCache.fill(0, "features of validation images"));
  }

  /** Trains one batch and returns everything it saw. */
  async step(): Promise<StepReport> {
    for await (const _ of this.prepare()) void _;
    const { batch, result } = this.trainBatch(this.config.training.epochs, true);
    return {
      ...result,
      samples: batch.images.map(({ sample }) => sample),
      pixels: await batchPixels(batch.images),
    };
  }

  /** Trains until all epochs are done or the signal stops it, telling every step and validation. Nothing is lost by stopping. */
  async *fit(options: FitOptions = {}): AsyncGenerator<TrainingEvent> {
    const { signal, epochs = this.config.training.epochs } = options;
    const images = this.validation?.images ?? [];
    const shown = requireImages(options.shown ?? replayImages(images), images);
    this.since = performance.now();
    yield* this.prepare(signal);
    const durations: number[] = [];
    const steps = this.stepsPerEpoch;
    while (this.epoch < epochs && !signal?.aborted && !this.stoppedEarly()) {
      const start = performance.now();
      const epoch = this.epoch + 1;
      const { batch, result } = this.trainBatch(epochs, false);
      // Lets the interrupt signal, timers and the notebook's connection have their turn.
      await new Promise((resolve) => setImmediate(resolve));
      durations.push((performance.now() - start) / 1000);
      if (durations.length > SPEED_WINDOW) durations.shift();
      const seconds = durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
      const step = this.used ? Math.ceil(this.used / this.config.training.batchSize) : steps;
      yield this.remember({
        kind: "step",
        epoch,
        epochs,
        step,
        steps,
        losses: result.losses,
        learningRate: result.learningRate,
        gradientNorm: result.gradientNorm,
        imagesPerSecond: batch.truths.length / seconds,
        secondsLeft: ((epochs - epoch) * steps + steps - step) * seconds,
      });
      if (!this.used) yield* this.endEpoch(epochs, shown);
    }
    yield { ...this.ending(epochs), epoch: this.epoch };
  }

  /** Detections of the validation images with the averaged weights, in pixels of the original images. */
  async detectValidation(): Promise<ImageDetections[]> {
    if (!this.validation) throw new Error("there is no validation part");
    for await (const _ of this.prepare()) void _;
    const cache = this.validationCache!;
    return this.withAverage(() => {
      const found: ImageDetections[] = [];
      for (let start = 0; start < cache.size; start += VALIDATION_BATCH) {
        const indices = Array.from({ length: Math.min(VALIDATION_BATCH, cache.size - start) }, (_, i) => start + i);
        const { features, images } = cache.unchanged(indices);
        const detections = this.detector.detectFeatures(features);
        tf.dispose(features);
        images.forEach(({ sample }, i) => {
          const { id, width, height } = sample.record;
          found.push({
            imageId: id,
            detections: toOriginalDetections(detections[i], sample.letterbox, { width, height }),
          });
        });
      }
      return found;
    });
  }

  /** Metrics of the averaged weights on the validation part. */
  async validate(): Promise<Metrics> {
    const detections = await this.detectValidation();
    return computeMetrics(this.validation!.truths(), detections, this.train.classNames);
  }

  /** Runs `work` with the averaged weights in the detector, and the last step's after it. */
  async withAverage<T>(work: () => T | Promise<T>): Promise<T> {
    return this.average && this.history.steps.length ? this.average.during(work) : work();
  }

  /** Puts the averaged weights into the detector for good: what is detected and saved from now on is theirs. */
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

  private ending(epochs: number): Pick<EndEvent, "kind" | "reason"> {
    const gain = this.stoppedEarly();
    if (gain)
      return {
        kind: "done",
        reason: `stopped early: ${BEST_METRIC} has not risen above the ${gain.value.toFixed(3)} of epoch ${gain.epoch} since`,
      };
    if (this.epoch < epochs) return { kind: "stopped", reason: "it was interrupted; call fit again to go on" };
    return { kind: "done", reason: `all ${epochs} epochs are done` };
  }

  private stoppedEarly(): BestEpoch | null {
    return stoppedEarly(this.history.validations, this.config.training.patience);
  }

  private async openCache(dataset: Dataset): Promise<FeatureCache> {
    return this.features?.part(dataset.images.map(({ id }) => id)) ?? FeatureCache.open(this.detector, dataset);
  }

  private async *endEpoch(epochs: number, shown: readonly string[]): AsyncGenerator<TrainingEvent> {
    const { validateEvery } = this.config.training;
    let metrics: Metrics | null = null;
    if (this.validation && (this.epoch % validateEvery === 0 || this.epoch === epochs)) {
      const detections = await this.detectValidation();
      const truths = this.validation.truths();
      metrics = computeMetrics(truths, detections, this.train.classNames);
      const intervals = apIntervals(truths, detections, { seed: this.config.seed });
      const kept = keepForReplay(detections, shown);
      yield this.remember({ kind: "validation", epoch: this.epoch, metrics, intervals, shown: kept });
    }
    const now = performance.now();
    this.spent += (now - this.since) / 60_000;
    this.since = now;
    await this.runFolder?.saveEpoch(this, metrics);
  }

  /** The next batch of the epoch under way; starts an epoch when none is, and counts it when its images are used up. */
  private trainBatch(epochs: number, withNorms: boolean): { batch: CachedBatch; result: StepResult } {
    if (!this.used) this.order = this.random.shuffle(this.train.images.map((_, i) => i));
    const indices = this.order.slice(this.used, this.used + this.config.training.batchSize);
    const batch = this.trainCache!.batch(indices, this.random);
    const result = this.descend(batch, epochs, withNorms);
    tf.dispose(batch.features);
    this.used += indices.length;
    if (this.used >= this.order.length) {
      this.used = 0;
      this.epoch++;
    }
    return { batch, result };
  }

  private descend({ features, truths, images }: CachedBatch, epochs: number, withNorms: boolean): StepResult {
    const { training } = this.config;
    const variables = this.detector.variables();
    const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
    const losses: Record<string, number> = {};
    let trace: StepTrace | null = null;
    const { value, grads } = tf.variableGrads(() => {
      const step = this.detector.losses(features, truths, this.random);
      for (const [term, loss] of Object.entries(step.terms)) losses[term] = loss.dataSync()[0];
      trace = step.trace;
      return step.total;
    }, Object.values(variables));
    losses.total = value.dataSync()[0];
    const gradients = Object.fromEntries(Object.entries(grads).map(([name, gradient]) => [names.get(name)!, gradient]));
    const gradientNorms: Record<string, number> = {};
    if (withNorms)
      for (const [name, gradient] of Object.entries(gradients)) gradientNorms[name] = globalNorm([gradient]);

    const globalStep = this.epoch * this.stepsPerEpoch + Math.floor(this.used / training.batchSize);
    const factor = learningRateFactor(training.schedule, globalStep, this.stepsPerEpoch, epochs);
    const rateOf = (name: string) =>
      factor * (name.startsWith("backbone/") ? training.backboneLearningRate : training.learningRate);
    const gradientNorm = this.optimizer.apply(variables, gradients, rateOf);
    tf.dispose([value, gradients]);
    if (!Number.isFinite(losses.total) || !Number.isFinite(gradientNorm)) {
      const terms = Object.entries(losses).map(([term, loss]) => `${term} ${loss}`);
      throw new Error(
        `the loss or its gradient is not finite in epoch ${this.epoch + 1} (${terms.join(", ")}; gradient norm ${gradientNorm}) ` +
          `on ${images.map(({ sample }) => sample.record.id).join(", ")}. The weights are those of the step before: lower the learning rate, or look at these images.`,
      );
    }
    this.average?.update();
    return { losses, learningRate: factor * training.learningRate, gradientNorm, gradientNorms, trace: trace! };
  }

  private remember<T extends StepEvent | TrainingEvent>(event: T): T {
    this.history.add(event);
    return event;
  }
}

/** What `events` yields, until the signal is given. */
async function* until<T>(signal: AbortSignal | undefined, events: AsyncGenerator<T>): AsyncGenerator<T> {
  for await (const event of events) {
    yield event;
    if (signal?.aborted) return;
  }
}
