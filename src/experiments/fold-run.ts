/**
 * One training on one fold, in its own run folder. The result of a finished training is read
 * back, so that an interrupted experiment continues where it stopped.
 */
import { existsSync } from "fs";
import { join } from "path";
import { type Config, configure } from "../config/index";
import { configDifferences } from "../config/differences";
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import type { Metrics } from "../metrics/metrics";
import type { TrainingEvent } from "../runs/events";
import { loadHistory, readRunManifest, RUN_FILES, type RunManifest } from "../runs/run-manifest";
import { stoppedEarly } from "../training/early-stopping";
import type { FeatureCache } from "../training/feature-cache";
import { CHECKPOINT_FILES } from "../training/run-folder";
import { trainRun } from "../training/train-run";

/** The metrics of the held-out part after the last epoch, and the duration of the training. */
export interface FoldResult extends Metrics {
  /** Training and validation. Shared features are not included. */
  readonly minutes: number;
}

/** The images of one fold. */
export interface Fold {
  readonly train: Dataset;
  readonly validation: Dataset;
}

/** More epochs than a training has: between two validations. */
const ALL_EPOCHS = 1000;

/** The configuration with a validation after the last epoch only, whose metrics are the result. */
export function validatedOnce(config: Config): Config {
  return configure(config, { training: { validateEvery: ALL_EPOCHS } });
}

/** Functions that an experiment calls to report its progress. */
export interface ExperimentCallbacks {
  /** Called with every event of training and of the computation of features. */
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Called with sentences for the user, for example from where a training resumes. */
  readonly onMessage?: (text: string) => void;
}

/** What is trained, and where. */
export interface FoldRunOptions extends ExperimentCallbacks {
  /** The run folder. */
  readonly folder: string;
  /** Where the images come from and how they were divided, in words. */
  readonly data: string;
  readonly config: Config;
  readonly fold: Fold;
  /** The frozen features of all images of the data set, for a configuration like this one. */
  readonly features: () => Promise<FeatureCache>;
  /** Stops after the step that is being computed. */
  readonly signal: AbortSignal;
}

/**
 * Trains and evaluates a fold, or reads the result of an earlier call. An unfinished training is
 * resumed.
 * @returns null when the signal stopped it
 * @throws when the folder holds a run of another configuration or of other images
 */
export async function runFold(options: FoldRunOptions): Promise<FoldResult | null> {
  const { features, signal } = options;
  const finished = await finishedResult(options);
  if (finished) return finished;
  const shared = await features();
  if (signal.aborted) return null;
  const { isDone, history, minutes } = await trainRun({
    ...options,
    ...options.fold,
    out: options.folder,
    resume: true,
    features: shared,
  });
  return isDone ? { ...history.validations.at(-1)!.metrics, minutes } : null;
}

/**
 * The result of a training that is finished: run.json and history.json say what it was and how it
 * ended. Null when the folder holds no run, or an unfinished one. Other files are not read: other
 * commands may have written them.
 */
async function finishedResult({
  folder,
  config,
  fold,
  onMessage,
}: Omit<FoldRunOptions, "data" | "features" | "signal">): Promise<FoldResult | null> {
  const isUnfinished = CHECKPOINT_FILES.some((file) => existsSync(join(folder, file)));
  if (isUnfinished || !existsSync(join(folder, RUN_FILES.run))) return null;
  const manifest = await readRunManifest(folder);
  await requireSameRun(folder, manifest, config, fold);
  const { validations } = await loadHistory(folder);
  const last = validations.at(-1);
  const isFinished =
    manifest.epochs >= config.training.epochs ||
    stoppedEarly(validations, config.training.patience) !== null;
  if (isFinished && last?.epoch === manifest.epochs)
    return { ...last.metrics, minutes: manifest.minutes };
  onMessage?.(`${folder} holds a run without its last validation: the fold is trained again.`);
  return null;
}

/**
 * Checks that a folder holds the finished training of a fold, with this configuration but for
 * inference.
 * @throws with what is missing or differs
 */
export async function requireTrainedFold({
  folder,
  config,
  fold,
}: Pick<FoldRunOptions, "folder" | "config" | "fold">): Promise<void> {
  const manifest = await readRunManifest(folder);
  const { inference } = manifest.config;
  const finished = await finishedResult({ folder, config: { ...config, inference }, fold });
  if (!finished) throw new Error(`${folder} holds an unfinished training: finish it first`);
}

/** @throws with what differs, when a run is not the training of this fold */
async function requireSameRun(
  folder: string,
  manifest: RunManifest,
  config: Config,
  { train, validation }: Fold,
): Promise<void> {
  const [difference] = configDifferences([manifest.config, config]);
  const isSameImages =
    sameIds(manifest.images.train, train) && sameIds(manifest.images.validation, validation);
  const what = difference
    ? `of another configuration (${difference.field}: ${difference.values.join(", here ")})`
    : !isSameImages
      ? "of other images"
      : (await isSameContent(manifest, [...train.images, ...validation.images]))
        ? null
        : "of images or labels that have changed since";
  if (what) throw new Error(`${folder} holds a run ${what}: name another --out, or remove it`);
}

function sameIds(ids: readonly string[], { images }: Dataset): boolean {
  return ids.length === images.length && images.every(({ id }, i) => id === ids[i]);
}

/** Runs of early versions do not say what the content was. */
async function isSameContent(
  { dataHash }: RunManifest,
  images: Dataset["images"],
): Promise<boolean> {
  return dataHash === undefined || dataHash === (await contentHash(images));
}
