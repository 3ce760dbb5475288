/**
 * The data set, run folder and configuration of a notebook. A command that executes notebooks sets
 * them with environment variables; a person sets them in the cell.
 */
import { existsSync } from "fs";
import { dirname, join, resolve } from "path";
import { type Config, presetByName } from "../config/index";

/** What a notebook runs on. */
export interface NotebookSettings {
  /** Absolute path of the folder of the data set. */
  readonly data: string;
  /** Absolute path of the folder for the results. */
  readonly run: string;
  readonly config: Config;
}

/** Settings that replace those of the environment. */
export interface NotebookOptions {
  /** Folder of the data set. */
  readonly data?: string;
  /** Folder for the results. */
  readonly run?: string;
  /** Name of the preset. */
  readonly preset?: string;
  /** Number of epochs of a training. */
  readonly epochs?: number;
}

/**
 * The settings of a notebook. Each comes from the options, else from `FRCNN_DATA`, `FRCNN_RUN`,
 * `FRCNN_PRESET` or `FRCNN_EPOCHS`, else it is the bundled sample, `runs/notebooks`, the default
 * preset and its number of epochs.
 * @param options folders are relative to the notebook; those of the environment to the project
 * @throws when the working directory is outside the project, when the preset does not exist, and
 * when the number of epochs is not a whole number above 0
 * @example
 * const settings = notebookSettings({ data: "../data/sample", preset: "default" });
 * const dataset = await openDataset(settings.data);
 */
export function notebookSettings(options: NotebookOptions = {}): NotebookSettings {
  const { FRCNN_DATA, FRCNN_RUN, FRCNN_PRESET, FRCNN_EPOCHS } = process.env;
  const root = projectRoot();
  const folder = (inCell: string | undefined, inEnvironment: string | undefined, path: string) =>
    inCell !== undefined ? resolve(inCell) : resolve(root, inEnvironment || path);
  const preset = presetByName(options.preset ?? (FRCNN_PRESET || "default"));
  const epochs = options.epochs ?? (FRCNN_EPOCHS ? Number(FRCNN_EPOCHS) : preset.training.epochs);
  if (!(Number.isInteger(epochs) && epochs > 0))
    throw new Error(`notebookSettings: epochs is ${epochs}: it must be a whole number above 0`);
  return {
    data: folder(options.data, FRCNN_DATA, join("data", "sample")),
    run: folder(options.run, FRCNN_RUN, join("runs", "notebooks")),
    config: { ...preset, training: { ...preset.training, epochs } },
  };
}

/**
 * The nearest folder above the working directory that holds the project.
 * @throws when there is none
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
