/** One training in a run folder, from the detector's first weights to the last file. */
import type { Config } from "../config/index";
import type { Dataset } from "../data/dataset";
import { createDetector } from "../detectors/create-detector";
import type { AutoPlan } from "../planning/auto-plan";
import { PLAN_FILE } from "../planning/plan-file";
import type { TrainingEvent } from "../runs/events";
import type { History } from "../runs/history";
import { startFrom } from "../runs/initial-weights";
import type { InitialWeights } from "../runs/run-manifest";
import { withFolderLock } from "../util/folder-lock";
import type { FeatureCache } from "./feature-cache";
import { newestCheckpoint, RunFolder } from "./run-folder";
import { Trainer } from "./trainer";

/** The file with the metrics of the last validation of a training. */
export const VALIDATION_METRICS = "validation-metrics.json";

/** What is trained, where, and how progress is reported. */
export interface TrainRunOptions {
  readonly config: Config;
  readonly train: Dataset;
  readonly validation: Dataset | null;
  /** Where the images come from and how they were divided, in words. */
  readonly data: string;
  /** The run folder. */
  readonly out: string;
  /** The weights of another run that the training starts from; default: random ones. */
  readonly initial?: InitialWeights | null;
  /** The plan of the preset `auto`, which is saved beside the run. */
  readonly auto?: AutoPlan | null;
  /** Resumes from the folder's checkpoint, if there is one. */
  readonly resume?: boolean;
  /** Steps between two checkpoints within an epoch; default: a checkpoint after each epoch only. */
  readonly checkpointEvery?: number;
  /** Stops after this number of finished epochs: see `FitOptions`. Default: all. */
  readonly until?: number;
  /** Frozen features of all images, shared by several trainings. */
  readonly features?: FeatureCache;
  /** Stops after the step that is being computed. */
  readonly signal?: AbortSignal;
  /** Called with every event of the training. */
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Called with sentences for the user, for example from where a training resumes. */
  readonly onMessage?: (text: string) => void;
}

/** How a training ended. */
export interface TrainedRun {
  /** False when the signal or `until` stopped it; it can be resumed. */
  readonly isDone: boolean;
  readonly history: History;
  /** Duration of training and validation. */
  readonly minutes: number;
}

/**
 * Trains a detector and writes weights, history, configuration and the metrics of the last
 * validation into its run folder.
 * @throws when the folder holds an unfinished training that is not resumed, or one of another
 * configuration or other images, and when another process works in it
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainedRun> {
  return withFolderLock(options.out, () => trainLocked(options));
}

async function trainLocked(options: TrainRunOptions): Promise<TrainedRun> {
  const { config, train, validation, out, checkpointEvery, signal } = options;
  const { initial, until } = options;
  const runFolder = new RunFolder(out, options.data, { checkpointEvery, initial });
  if (options.auto) await runFolder.writeJson(PLAN_FILE, options.auto);
  const detector = await createDetector(config, train.classNames);
  const { features } = options;
  if (initial && !(options.resume && (await newestCheckpoint(out)))) {
    try {
      options.onMessage?.(await startFrom(detector, initial));
    } catch (error) {
      detector.dispose();
      throw error;
    }
  }
  const trainer = new Trainer({ detector, train, validation, runFolder, features });
  try {
    const position = options.resume ? await trainer.resume() : null;
    if (position !== null) options.onMessage?.(position);
    let isDone = false;
    for await (const event of trainer.fit({ signal, until })) {
      options.onEvent?.(event);
      // Before the run counts as finished: a kill must not leave a finished run without this file.
      if (event.kind === "validation") await runFolder.writeJson(VALIDATION_METRICS, event.metrics);
      isDone = event.kind === "done";
    }
    const { history, minutes } = trainer;
    return { isDone, history, minutes };
  } finally {
    trainer.dispose();
    detector.dispose();
  }
}
