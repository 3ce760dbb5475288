/**
 * One training run on one fold, kept in its folder; what is done is read back, so that an
 * interrupted series goes on.
 */
import { existsSync } from "fs";
import { readFile } from "fs/promises";
import { join } from "path";
import { mean, sampleStandardDeviation } from "simple-statistics";
import type { Config } from "../config/index";
import type { Dataset } from "../data/dataset";
import { metricText } from "../metrics/metric-text";
import { currentMetrics, type Metrics } from "../metrics/metrics";
import { createDetector } from "../detectors/create-detector";
import { FeatureCache } from "../training/feature-cache";
import { readRunManifest } from "../runs/run-manifest";
import { RunFolder } from "../training/run-folder";
import { Trainer } from "../training/trainer";
import { TrainingProgress, trainShowing } from "../../scripts/progress";

/**
 * What a fold leaves behind: the held-out part's metrics after the last epoch, and how long
 * training took.
 */
export interface FoldResult extends Metrics {
  /** Training and validation; features that several runs share are counted apart. */
  readonly minutes: number;
}

export interface FoldRun {
  readonly folder: string;
  /** Where the images came from and how they were parted, in words. */
  readonly data: string;
  readonly config: Config;
  readonly fold: { readonly train: Dataset; readonly validation: Dataset };
  /**
   * Of all images of the data set; made by `datasetFeatures` for a configuration with the same
   * frozen part.
   */
  readonly features: () => Promise<FeatureCache>;
  readonly signal: AbortSignal;
}

const RESULT = "metrics.json";

/**
 * Trains and evaluates a fold, or reads what an earlier call left. Returns null when the signal
 * stopped it. Throws when the folder holds a run of another configuration.
 */
export async function runFold({
  folder,
  data,
  config,
  fold,
  features,
  signal,
}: FoldRun): Promise<FoldResult | null> {
  const file = join(folder, RESULT);
  if (existsSync(file)) {
    const { config: earlier } = await readRunManifest(folder);
    if (JSON.stringify(earlier) !== JSON.stringify(config))
      throw new Error(
        `${folder} holds a run of another configuration: name another --out, or remove it`,
      );
    return currentMetrics(JSON.parse(await readFile(file, "utf8")) as FoldResult);
  }
  const shared = await features();
  const runFolder = new RunFolder(folder, data);
  const detector = await createDetector(config, fold.train.classNames);
  const trainer = new Trainer({
    detector,
    train: fold.train,
    validation: fold.validation,
    runFolder,
    features: shared,
  });
  try {
    console.log(await trainer.resume());
    if (!(await trainShowing(trainer, signal))) return null;
    const result: FoldResult = {
      ...trainer.history.validations.at(-1)!.metrics,
      minutes: trainer.minutes,
    };
    await runFolder.writeJson(RESULT, result);
    return result;
  } finally {
    trainer.dispose();
    detector.dispose();
  }
}

/**
 * The frozen features of all images of a data set and of their augmented copies; the caller
 * disposes them.
 */
export async function datasetFeatures(config: Config, dataset: Dataset): Promise<FeatureCache> {
  const detector = await createDetector(config, dataset.classNames);
  const features = FeatureCache.open(detector, dataset);
  const progress = new TrainingProgress();
  for await (const event of features.fill(config.augmentation.copies, "frozen features"))
    progress.show(event);
  detector.dispose();
  return features;
}

/** AP50 and AP of both readings, for a line of output. */
export function figuresOf({ classAgnostic, classAware }: Metrics): string {
  const pair = ({ AP50, AP }: Metrics["classAware"]) => `${metricText(AP50)}/${metricText(AP)}`;
  return `AP50/AP class-agnostic ${pair(classAgnostic)}, class-aware ${pair(classAware)}`;
}

/**
 * `mean ± standard deviation` of the values that exist; `?` for what a single value does not have.
 */
export function spread(values: readonly (number | null)[]): string {
  const present = values.filter((value): value is number => value !== null);
  const deviation = present.length > 1 ? sampleStandardDeviation(present).toFixed(3) : "?";
  return `${present.length ? mean(present).toFixed(3) : "?"} ± ${deviation}`;
}
