/**
 * The data set, run folder and configuration of a notebook. A command that executes notebooks sets
 * them with environment variables; a person edits the cell.
 */
import { existsSync } from "fs";
import { dirname, join, resolve } from "path";
import { type Config, presetByName } from "../config/index";

/** What a notebook runs on. */
export interface NotebookSettings {
  /** Folder of the data set. */
  readonly data: string;
  /** Folder for the results. */
  readonly run: string;
  readonly config: Config;
}

/**
 * The settings in `FRCNN_DATA`, `FRCNN_RUN`, `FRCNN_PRESET` and `FRCNN_EPOCHS`. Without these
 * variables they are the bundled sample, `runs/notebooks` and the default preset.
 * @throws when the working directory is outside the project, or when the preset does not exist
 * @example
 * const settings = notebookSettings();
 * const dataset = await openDataset(settings.data);
 */
export function notebookSettings(): NotebookSettings {
  const { FRCNN_DATA, FRCNN_RUN, FRCNN_PRESET = "default", FRCNN_EPOCHS } = process.env;
  const root = projectRoot();
  const preset = presetByName(FRCNN_PRESET);
  const epochs = FRCNN_EPOCHS ? Number(FRCNN_EPOCHS) : preset.training.epochs;
  return {
    data: FRCNN_DATA ? resolve(root, FRCNN_DATA) : join(root, "data", "sample"),
    run: FRCNN_RUN ? resolve(root, FRCNN_RUN) : join(root, "runs", "notebooks"),
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
