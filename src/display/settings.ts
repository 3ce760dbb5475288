/**
 * The data set, run folder and configuration of a notebook. A command that executes notebooks sets
 * them with environment variables; a person sets them in the cell.
 */
import { existsSync } from "fs";
import { dirname, join, resolve } from "path";
import { type Config, presetByName } from "../config/index";
import type { ReadOptions } from "../data/read-dataset";
import { isRecord } from "../util/record";

/** What a notebook runs on. */
export interface NotebookSettings {
  /** Absolute path of the folder of the data set. */
  readonly data: string;
  /** How the data set is read: the second argument of `openDataset`. */
  readonly reading: ReadOptions;
  /** Absolute path of the folder for the results. */
  readonly run: string;
  readonly config: Config;
}

/** Settings that replace those of the environment. */
export interface NotebookOptions {
  /** Folder of the data set. */
  readonly data?: string;
  /** How the data set is read. */
  readonly reading?: ReadOptions;
  /** Folder for the results. */
  readonly run?: string;
  /** Name of the preset. */
  readonly preset?: string;
  /** Number of epochs of a training. */
  readonly epochs?: number;
}

/**
 * The settings of a notebook. Each comes from the options, else from `FRCNN_DATA`, `FRCNN_READING`
 * (JSON), `FRCNN_RUN`, `FRCNN_PRESET` or `FRCNN_EPOCHS`, else it is the bundled sample, read in the
 * default way, `runs/notebooks`, the default preset and its number of epochs.
 * @param options folders are relative to the notebook; those of the environment to the project
 * @throws when the working directory is outside the project, when the preset does not exist, when
 * the number of epochs is not a whole number above 0, and when `FRCNN_READING` is not a JSON object
 * @example
 * const reading = { patients: "folder", background: ["No_Tumor"] };
 * const settings = notebookSettings({ data: "/path/to/the/folder", reading });
 * const dataset = await openDataset(settings.data, settings.reading);
 */
export function notebookSettings(options: NotebookOptions = {}): NotebookSettings {
  const { FRCNN_DATA, FRCNN_READING, FRCNN_RUN, FRCNN_PRESET, FRCNN_EPOCHS } = process.env;
  const root = projectRoot();
  const folder = (inCell: string | undefined, inEnvironment: string | undefined, path: string) =>
    inCell !== undefined ? resolve(inCell) : resolve(root, inEnvironment || path);
  const preset = presetByName(options.preset ?? (FRCNN_PRESET || "default"));
  const epochs = options.epochs ?? (FRCNN_EPOCHS ? Number(FRCNN_EPOCHS) : preset.training.epochs);
  if (!(Number.isInteger(epochs) && epochs > 0))
    throw new Error(`notebookSettings: epochs is ${epochs}: it must be a whole number above 0`);
  return {
    data: folder(options.data, FRCNN_DATA, join("data", "sample")),
    reading: options.reading ?? parseReading(FRCNN_READING),
    run: folder(options.run, FRCNN_RUN, join("runs", "notebooks")),
    config: { ...preset, training: { ...preset.training, epochs } },
  };
}

/** @throws when the text is not a JSON object */
function parseReading(text: string | undefined): ReadOptions {
  if (!text) return {};
  try {
    const reading = JSON.parse(text) as unknown;
    if (isRecord(reading)) return reading;
  } catch {
    // The error below says what is wrong.
  }
  throw new Error(
    `notebookSettings: FRCNN_READING must be a JSON object with the options of openDataset, not '${text}'`,
  );
}

/**
 * The nearest folder above the working directory that holds the project.
 * @throws when there is none
 * @example
 * relative(projectRoot(), settings.run); // runs/notebooks
 */
export function projectRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "notebooks")))
      return folder;
    if (folder === dirname(folder))
      throw new Error(
        `${process.cwd()} is not inside the folder of this project: start the notebook there`,
      );
  }
}
