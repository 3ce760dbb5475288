/** The folder of one run: its configuration, weights and history, enough to detect with it, to look back on it and to repeat it. */
import { existsSync } from "fs";
import { mkdir, readFile, rename, writeFile } from "fs/promises";
import { join } from "path";
import { version as nodeVersion } from "process";
import { Config, missingFields } from "../config";
import { DISCLAIMER } from "../disclaimer";
import { createDetector } from "../model/create-detector";
import type { Detector } from "../model/detector";
import { describeBackend, tf } from "../tensorflow";
import type { Metrics } from "../evaluation/metrics";
import { compactWeights, expandWeights } from "../weights/compact";
import { readSafetensors, writeSafetensors } from "../weights/safetensors";
import type { WeightMap } from "../weights/weight-map";
import { BEST_METRIC, bestMetric } from "./best-epoch";
import { History } from "./history";

/** Weights after the last epoch, those of the best validation, the configuration, and what happened. */
const FILES = {
  last: "weights.safetensors",
  best: "best.safetensors",
  run: "run.json",
  history: "history.json",
} as const;

/** What `run.json` holds. */
export interface RunFacts {
  readonly config: Config;
  readonly classNames: readonly string[];
  /** Where the images came from and how they were parted, in words. */
  readonly data: string;
  /** Images by part, by their ids, so that nobody tests on what was trained on. */
  readonly images: Readonly<Record<"train" | "validation", readonly string[]>>;
  readonly software: Readonly<Record<string, string>>;
  /** Epochs done, and how long they took. */
  readonly epochs: number;
  readonly minutes: number;
  /** Which epoch validated best, by which figure. */
  readonly best: { readonly epoch: number; readonly metric: string; readonly value: number } | null;
}

/** What a run folder needs of a trainer. */
interface Trained {
  readonly detector: Detector;
  readonly history: History;
  readonly epochsDone: number;
  readonly minutes: number;
  readonly train: { readonly images: readonly { readonly id: string }[] };
  readonly validation: { readonly images: readonly { readonly id: string }[] } | null;
  withAverage<T>(work: () => T | Promise<T>): Promise<T>;
}

export class RunFolder {
  private best: RunFacts["best"] = null;

  /**
   * @param path made when it does not exist
   * @param data told in `run.json`: where the images came from and how they were parted
   */
  constructor(
    readonly path: string,
    private readonly data: string,
  ) {}

  /** Keeps averaged weights, configuration and history after an epoch; also as the best when its class-agnostic AP is. */
  async saveEpoch(trained: Trained, metrics: Metrics | null): Promise<void> {
    await mkdir(this.path, { recursive: true });
    const { detector, history, epochsDone } = trained;
    await trained.withAverage(async () => {
      await this.writeWhole(FILES.last, (path) => saveWeights(detector, path));
      const value = metrics && bestMetric(metrics);
      if (value !== null && (!this.best || value > this.best.value)) {
        this.best = { epoch: epochsDone, metric: BEST_METRIC, value };
        await this.writeWhole(FILES.best, (path) => saveWeights(detector, path));
      }
    });
    const ids = (part: Trained["validation"]) => part?.images.map(({ id }) => id) ?? [];
    const facts: RunFacts = {
      config: detector.config,
      classNames: detector.classNames,
      data: this.data,
      images: { train: ids(trained.train), validation: ids(trained.validation) },
      software: { node: nodeVersion, tensorflow: describeBackend() },
      epochs: epochsDone,
      minutes: trained.minutes,
      best: this.best,
    };
    await this.writeJson(FILES.run, { notice: DISCLAIMER, ...facts });
    await this.writeJson(FILES.history, history);
  }

  /** Writes any further result beside them. */
  async writeJson(file: string, value: unknown): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await this.writeWhole(file, (path) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`));
  }

  /** A file is there whole or not at all: a reader never sees half of it. */
  private async writeWhole(file: string, write: (path: string) => Promise<void>): Promise<void> {
    const path = join(this.path, file);
    await write(`${path}.part`);
    await rename(`${path}.part`, path);
  }
}

/**
 * Writes a detector's trained weights; the frozen ones are everybody's and stay where they are.
 * @param options.compact in a quarter of the space, as `compactWeights` has it
 */
export async function saveWeights(detector: Detector, path: string, { compact = false } = {}): Promise<void> {
  const weights: WeightMap = new Map();
  for (const [name, variable] of Object.entries(detector.variables())) {
    weights.set(name, { shape: variable.shape, data: await variable.data<"float32">() });
  }
  await writeSafetensors(path, compact ? compactWeights(weights) : weights);
}

/** Puts weights of `saveWeights` into a detector. Throws, naming the weight, when they belong to another configuration. */
export async function loadWeights(detector: Detector, path: string): Promise<void> {
  const weights = expandWeights(await readSafetensors(path));
  const variables = detector.variables();
  for (const name of weights.keys()) {
    if (!variables[name])
      throw new Error(`${path}: holds '${name}', which this configuration's detector does not have`);
  }
  for (const [name, variable] of Object.entries(variables)) {
    const weight = weights.get(name);
    if (!weight) throw new Error(`${path}: lacks '${name}', which this configuration's detector has`);
    if (weight.shape.join() !== variable.shape.join()) {
      throw new Error(
        `${path}: '${name}' is [${weight.shape.join(", ")}], the configuration wants [${variable.shape.join(", ")}]`,
      );
    }
    const value = tf.tensor(weight.data, variable.shape);
    variable.assign(value);
    value.dispose();
  }
}

/** What a run folder's `run.json` says. Throws, naming the path, when it is no run folder. */
export async function readRun(path: string): Promise<RunFacts> {
  const file = join(path, FILES.run);
  if (!existsSync(file)) throw new Error(`${path}: not a run folder: it has no ${FILES.run}`);
  return JSON.parse(await readFile(file, "utf8")) as RunFacts;
}

/**
 * The history of a run, for the figures of training. Those of early versions lack speeds, intervals and the images of a replay.
 * Throws, naming the path, when it is no run folder.
 */
export async function loadHistory(path: string): Promise<History> {
  const file = join(path, FILES.history);
  if (!existsSync(file)) throw new Error(`${path}: not a run folder: it has no ${FILES.history}`);
  const { steps, validations, speeds } = JSON.parse(await readFile(file, "utf8")) as Partial<History>;
  return new History(steps, validations, speeds);
}

/**
 * The detector of a run, with the weights of its last epoch or of its best validation; the caller disposes it. Throws when the run was
 * made by a version of this project with another configuration, since its figures could not be had again.
 */
export async function loadRun(
  path: string,
  which: "last" | "best" = "last",
): Promise<{ detector: Detector; facts: RunFacts }> {
  const facts = await readRun(path);
  const lacking = missingFields(facts.config);
  if (lacking.length)
    throw new Error(
      `${path}: its configuration lacks ${lacking.join(", ")}: another version trained it. Train it again`,
    );
  const detector = await createDetector(facts.config, facts.classNames);
  await loadWeights(detector, join(path, FILES[which]));
  return { detector, facts };
}
