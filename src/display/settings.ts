/**
 * What a notebook is run on: set from outside when a command executes it, and to be changed in the
 * cell when a person does.
 */
import { existsSync } from "fs";
import { dirname, join, resolve } from "path";
import { Config, presetByName } from "../config/index";

export interface NotebookSettings {
  /** Folder of the data set. */
  readonly data: string;
  /** Folder that results are written to. */
  readonly run: string;
  readonly config: Config;
}

/**
 * The data set, run folder and configuration named by `FRCNN_DATA`, `FRCNN_RUN`, `FRCNN_PRESET` and
 * `FRCNN_EPOCHS`; without them the bundled sample, `runs/notebooks` and the default preset.
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
 * The nearest folder above the working directory that holds the project. Throws when there is
 * none.
 */
export function projectRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "notebooks")))
      return folder;
    if (folder === dirname(folder))
      throw new Error(`${process.cwd()} is not inside the project's folder`);
  }
}
