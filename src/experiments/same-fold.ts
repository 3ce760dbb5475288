/** Checks that a run folder holds the training of a fold and not some other training. */
import { existsSync } from "fs";
import { join } from "path";
import { isDeepStrictEqual } from "util";
import type { Config } from "../config/index";
import { configDifferences } from "../config/differences";
import type { Dataset } from "../data/dataset";
import { patientChoiceText } from "../data/patients/choice";
import { readRunManifest, RUN_FILES, type RunManifest } from "../runs/run-manifest";
import { withRange } from "../training/run-identity";
import { newestCheckpoint } from "../training/run-folder";
import { PROJECT_VERSION } from "../util/version";

/** The images of one fold. */
export interface Fold {
  readonly train: Dataset;
  readonly validation: Dataset;
}

/** Everything that decides the result of a fold, and the folder of its run. */
export interface FoldTraining {
  /** The run folder. */
  readonly folder: string;
  readonly config: Config;
  readonly fold: Fold;
  /** SHA-256 of the images and labels of both parts: see `contentHash`. */
  readonly dataHash: () => Promise<string>;
}

/** What a run and a checkpoint record about their training. */
type RecordedTraining = Pick<
  RunManifest,
  "config" | "classNames" | "images" | "source" | "dataHash" | "initial" | "software"
>;

/**
 * Checks the run or the checkpoint of a folder. A folder without them passes.
 * @throws when it belongs to another training; the message says what differs
 */
export async function requireSameFold(training: FoldTraining): Promise<void> {
  const { folder } = training;
  const recorded = existsSync(join(folder, RUN_FILES.run))
    ? await readRunManifest(folder)
    : (await newestCheckpoint(folder))?.checkpoint;
  const what = recorded && (await difference(recorded, training));
  if (what) throw new Error(`${folder} holds a run ${what}: name another --out, or remove it`);
}

/** What differs between a recorded training and this one, in words; null when nothing does. */
async function difference(
  { config, classNames, images, source, dataHash, initial, software }: RecordedTraining,
  training: FoldTraining,
): Promise<string | null> {
  const { train, validation } = training.fold;
  const [setting] = configDifferences([config, withRange(training.config, training.fold.train)]);
  if (setting)
    return `of another configuration (${setting.field}: ${setting.values.join(", here ")})`;
  if (JSON.stringify(classNames) !== JSON.stringify(train.classNames))
    return `of other classes (${classNames.join(", ")}, here ${train.classNames.join(", ")})`;
  if (!hasIds(train, images.train) || !hasIds(validation, images.validation))
    return "of other images";
  // The metrics count patients.
  const { patientChoice } = train;
  const here = patientChoice === undefined ? null : patientChoiceText(patientChoice);
  const patients = [source?.patients ?? null, here];
  if (patients[0] !== patients[1])
    return `of other patients (--patients ${patients.map((name) => name ?? "not given").join(", here ")})`;
  if (!isDeepStrictEqual(source?.reading ?? null, train.formatChoice ?? null))
    return "whose labels were read with other options";
  if (initial) return `that started from the weights of ${initial.run}`;
  if (dataHash !== (await training.dataHash()))
    return dataHash === undefined
      ? "of an early version, which does not record the content of the images"
      : "of images or labels that have changed since";
  const { project = PROJECT_VERSION } = software;
  return project === PROJECT_VERSION ? null : `of ${project}, and this is ${PROJECT_VERSION}`;
}

function hasIds({ images }: Dataset, ids: readonly string[]): boolean {
  return ids.length === images.length && images.every(({ id }, i) => id === ids[i]);
}
