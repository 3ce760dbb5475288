/**
 * One training on one fold, in its own run folder. The result of a finished training is read
 * back, so that an interrupted experiment continues where it stopped.
 */
import { existsSync } from "fs";
import { join } from "path";
import { type Config, configure } from "../config/index";
import type { Dataset } from "../data/dataset";
import type { Metrics } from "../metrics/metrics";
import type { AutoPlan } from "../planning/auto-plan";
import type { TrainingEvent } from "../runs/events";
import { CHECKPOINT_FILES, loadHistory, readRunManifest, RUN_FILES } from "../runs/run-manifest";
import { stoppedEarly } from "../training/early-stopping";
import type { FeatureCache } from "../training/feature-cache";
import { softwareNotices } from "../training/run-folder";
import { trainRun } from "../training/train-run";
import { withFolderLock } from "../util/folder-lock";
import { type FoldTraining, requireSameFold } from "./same-fold";

/** The metrics of the held-out part after the last epoch, and the duration of the training. */
export interface FoldResult extends Metrics {
  /** Training and validation. Shared features are not included. */
  readonly minutes: number;
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

/** What an experiment on patient-wise folds is made of. */
export interface ExperimentOptions extends ExperimentCallbacks {
  /** Training and validation images; a test split is left out. */
  readonly dataset: Dataset;
  /** The number of parts that the patients are divided into. */
  readonly folds: number;
  /** Numbers of the folds to train, counted from 0; default: all. */
  readonly only?: readonly number[];
  /** The folder of all runs and results. */
  readonly out: string;
  /** Stops after the step that is being computed. */
  readonly signal: AbortSignal;
}

/** What is trained, and where. */
export interface FoldRunOptions extends ExperimentCallbacks, FoldTraining {
  /** Where the images come from and how they were divided, in words. */
  readonly data: string;
  /** The plan that made the configuration, which is saved beside the run. */
  readonly auto?: AutoPlan | null;
  /** The frozen features of all images of the data set, for a configuration like this one. */
  readonly features: () => Promise<FeatureCache>;
  /** Stops after the step that is being computed. */
  readonly signal: AbortSignal;
}

/**
 * Trains and evaluates a fold, or reads the result of an earlier call. An unfinished training is
 * resumed.
 * @returns null when the signal stopped it
 * @throws as `requireSameFold` does, and when another process works in the folder
 */
export async function runFold(options: FoldRunOptions): Promise<FoldResult | null> {
  return withFolderLock(options.folder, () => runLocked(options));
}

async function runLocked(options: FoldRunOptions): Promise<FoldResult | null> {
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
 * The result of a training that is finished. run.json and history.json say what it was and how it
 * ended. Other files are not read: other commands may have written them.
 * @returns null when the folder holds no run, or an unfinished one
 * @throws as `requireSameFold` does
 */
export async function finishedResult(
  training: FoldTraining & ExperimentCallbacks,
): Promise<FoldResult | null> {
  const { folder, config, onMessage } = training;
  await requireSameFold(training);
  const isUnfinished = CHECKPOINT_FILES.some((file) => existsSync(join(folder, file)));
  if (isUnfinished || !existsSync(join(folder, RUN_FILES.run))) return null;
  const manifest = await readRunManifest(folder);
  const { validations } = await loadHistory(folder);
  const last = validations.at(-1);
  const isFinished =
    manifest.epochs >= config.training.epochs ||
    stoppedEarly(validations, config.training.patience) !== null;
  if (isFinished && last?.epoch === manifest.epochs) {
    for (const notice of softwareNotices(folder, manifest)) onMessage?.(notice);
    return { ...last.metrics, minutes: manifest.minutes };
  }
  onMessage?.(`${folder} holds a run without its last validation: the fold is trained again.`);
  return null;
}

/**
 * Checks that a folder holds the finished training of a fold, with this configuration but for
 * inference.
 * @throws with what is missing or differs
 */
export async function requireTrainedFold(training: FoldTraining): Promise<void> {
  const { folder, config, fold, dataHash } = training;
  const { inference } = (await readRunManifest(folder)).config;
  const trained = { folder, config: { ...config, inference }, fold, dataHash };
  const finished = await finishedResult(trained);
  if (!finished) throw new Error(`${folder} holds an unfinished training: finish it first`);
}
