/**
 * What a run folder says of its run: enough to look back on it, to detect with it and to repeat
 * it.
 */
import { existsSync } from "fs";
import { readFile } from "fs/promises";
import { join } from "path";
import { type Config, currentConfig } from "../config/index";
import type { FormatChoice } from "../data/read-dataset";
import { History } from "./history";

/**
 * Weights after the last epoch, those of the best validation, the configuration, and what
 * happened.
 */
export const RUN_FILES = {
  last: "weights.safetensors",
  best: "best.safetensors",
  run: "run.json",
  history: "history.json",
} as const;

/** How a data set was opened, so that it can be opened alike. */
export interface DataSource {
  /** Absolute path. */
  readonly folder: string;
  /** Regular expression for the patient in a file name; null is the usual one. */
  readonly patients: string | null;
  /** The format and its options, if they were chosen. */
  readonly reading?: FormatChoice;
}

/** What `run.json` holds. Runs of early versions lack the optional parts. */
export interface RunManifest {
  readonly config: Config;
  readonly classNames: readonly string[];
  /** Where the images came from and how they were parted, in words. */
  readonly data: string;
  readonly source?: DataSource;
  /** SHA-256 over the images and labels of both parts. */
  readonly dataHash?: string;
  /** Images by part, by their ids, so that nobody tests on what was trained on. */
  readonly images: Readonly<Record<"train" | "validation", readonly string[]>>;
  readonly software: Readonly<Record<string, string>>;
  /** Epochs done, and how long they took. */
  readonly epochs: number;
  readonly minutes: number;
  /** Which epoch validated best, by which figure. */
  readonly best: { readonly epoch: number; readonly metric: string; readonly value: number } | null;
}

/** What a run folder's `run.json` says. Throws, naming the path, when it is no run folder. */
export async function readRunManifest(path: string): Promise<RunManifest> {
  const manifest = (await readRunFile(path, RUN_FILES.run)) as RunManifest;
  return { ...manifest, config: currentConfig(manifest.config) as Config };
}

/**
 * The history of a run, for the figures of training. Those of early versions lack speeds, intervals
 * and the images of a replay. Throws, naming the path, when it is no run folder.
 */
export async function loadHistory(path: string): Promise<History> {
  const { steps, validations, speeds } = (await readRunFile(path, RUN_FILES.history)) as Partial<History>;
  return new History(steps, validations, speeds);
}

async function readRunFile(path: string, name: string): Promise<unknown> {
  const file = join(path, name);
  if (!existsSync(file)) throw new Error(`${path}: not a run folder: it has no ${name}`);
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON (${(error as Error).message}): the run has to be trained again`, {
      cause: error,
    });
  }
}
