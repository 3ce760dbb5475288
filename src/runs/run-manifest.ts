/** The files of a run folder, and the manifest that describes the run. */
import { existsSync } from "fs";
import { join } from "path";
import { type Config, currentConfig } from "../config/index";
import type { FormatChoice, ReadOptions } from "../data/read-dataset";
import { readRegularFile } from "../util/regular-file";
import { currentHistory, History } from "./history";
import { requireManifest } from "./require-manifest";

/** The names of the files: two sets of weights, the manifest, and the history. */
export const RUN_FILES = {
  /** Weights after the last epoch. */
  last: "weights.safetensors",
  /** Weights of the best validation. */
  best: "best.safetensors",
  run: "run.json",
  history: "history.json",
} as const;

/**
 * The checkpoints of an unfinished training. Two files are written in turns, so that one of them is
 * complete whatever happens to the other.
 */
export const CHECKPOINT_FILES = ["checkpoint-0.safetensors", "checkpoint-1.safetensors"] as const;

/** How a data set was opened, so that it can be opened again in the same way. */
export interface DataSource {
  /** Absolute path. */
  readonly folder: string;
  /** Where the patients were looked for, from `patientChoiceText`; null for the default. */
  readonly patients: string | null;
  /** The options for reading, if any were given. */
  readonly reading?: FormatChoice;
  /** The names of a scan's channels by their number, if the data set's files have them. */
  readonly channelNames?: readonly string[];
}

/** The options with which a run's data set is opened again; none for a run that records none. */
export function recordedOptions(source: DataSource | undefined): ReadOptions {
  return { ...source?.reading, patients: source?.patients ?? undefined };
}

/** The weights of another run that a training started from. */
export interface InitialWeights {
  /** Absolute path of the run folder. */
  readonly run: string;
  /** Of its file of weights, in hexadecimal. */
  readonly sha256: string;
  /**
   * Of all images that these weights were trained on, from `fingerprintText`; null if they are not
   * known.
   */
  readonly fingerprints: readonly string[] | null;
}

/** The epoch of the best validation. */
export interface BestValidation {
  readonly epoch: number;
  readonly metric: string;
  readonly value: number;
}

/**
 * The contents of `run.json`: enough to look back on a run, to detect with it and to repeat it.
 * Runs of early versions lack the optional parts.
 */
export interface RunManifest {
  readonly config: Config;
  readonly classNames: readonly string[];
  /** Where the images came from and how they were split, for people to read. */
  readonly data: string;
  readonly source?: DataSource;
  /** Missing if the training started from random weights. */
  readonly initial?: InitialWeights;
  /** SHA-256 over the images and labels of both parts. */
  readonly dataHash?: string;
  /** Ids of the images in each part, so that nobody tests on training images. */
  readonly images: Readonly<Record<"train" | "validation", readonly string[]>>;
  /** From `fingerprintText`, in the order of `images`: they recognize the images in any folder. */
  readonly fingerprints?: Readonly<Record<"train" | "validation", readonly string[]>>;
  readonly software: Readonly<Record<string, string>>;
  /** Number of finished epochs. */
  readonly epochs: number;
  readonly minutes: number;
  /** Null before the first validation, and when the validation part has no boxes. */
  readonly best: BestValidation | null;
}

/**
 * Reads the manifest of a run.
 * @param path the run folder
 * @throws when the folder has no manifest, when it cannot be read as JSON, and when a part of it is
 * missing or of another kind
 * @example
 * const { config, classNames } = await readRunManifest("../runs/train");
 */
export async function readRunManifest(path: string): Promise<RunManifest> {
  const manifest = requireManifest(
    await readRunFile(path, RUN_FILES.run),
    join(path, RUN_FILES.run),
  ) as unknown as RunManifest;
  return {
    ...manifest,
    config: currentConfig(manifest.config) as Config,
    best: currentBest(manifest.best),
  };
}

/**
 * The best validation of a stored run. Early versions of this project stored an AP of -1 when the
 * validation part had no boxes: such a run has no best validation.
 */
export function currentBest(stored: BestValidation | null): BestValidation | null {
  return stored && stored.value >= 0 ? stored : null;
}

/**
 * Reads the history of a run. Histories of early versions lack speeds, intervals and watched
 * images.
 * @param path the run folder
 * @throws when the folder has no history, and when it cannot be read as JSON
 * @example
 * await show(figures.losses(await loadHistory("../runs/train")));
 */
export async function loadHistory(path: string): Promise<History> {
  const stored = (await readRunFile(path, RUN_FILES.history)) as Partial<History>;
  const { steps, validations, speeds } = currentHistory(stored);
  return new History(steps, validations, speeds);
}

async function readRunFile(path: string, name: string): Promise<unknown> {
  const file = join(path, name);
  if (!existsSync(file)) throw new Error(`${path}: not a run folder: it has no ${name}`);
  try {
    return JSON.parse((await readRegularFile(file)).toString("utf8"));
  } catch (error) {
    throw new Error(
      `${file} cannot be read as JSON (${(error as Error).message}): the run has to be trained again`,
      { cause: error },
    );
  }
}
