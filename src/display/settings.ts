/**
 * The data set, run folder and configuration of a notebook. A command that executes notebooks sets
 * them with environment variables; a person sets them in the cell.
 */
import { existsSync } from "fs";
import { dirname, join, resolve } from "path";
import { AUTO_PRESET, type Config, configure, type Overrides, presetByName } from "../config/index";
import type { Dataset } from "../data/dataset";
import type { ReadOptions } from "../data/read-dataset";
import type { AutoPlan } from "../planning/auto-plan";
import { BUNDLED_SAMPLE, presetFor } from "../planning/preset-for";
import { planAutomatically } from "../training/plan-automatically";
import { isRecord } from "../util/record";

/** What a notebook runs on. */
export interface NotebookSettings {
  /** Absolute path of the folder of the data set. */
  readonly data: string;
  /** How the data set is read: the second argument of `openDataset`. */
  readonly reading: ReadOptions;
  /** Absolute path of the folder for the results. */
  readonly run: string;
  /**
   * The configuration of the preset.
   * @throws with the preset `auto`, whose configuration depends on the data set: see `configFor`
   */
  readonly config: Config;
  /**
   * The configuration for a data set: a plan with the preset `auto`, else `config`.
   * @throws when the plan cannot be made, as `planAutomatically` does
   */
  configFor(dataset: Dataset): Promise<Config>;
  /**
   * The plan of the preset `auto` for a data set; null with another preset.
   * @throws as `planAutomatically` does
   */
  planFor(dataset: Dataset): Promise<AutoPlan | null>;
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
 * default way, `runs/notebooks`, the preset that `presetFor` names and its number of epochs.
 * @param options folders are relative to the notebook; those of the environment to the project
 * @throws when the working directory is outside the project, when the preset does not exist, when
 * the number of epochs is not a whole number above 0, and when `FRCNN_READING` is not a JSON object
 * @example
 * const reading = { patients: "folder", background: ["No_Tumor"] };
 * const settings = notebookSettings({ data: "/path/to/the/folder", reading });
 * const dataset = await openDataset(settings.data, settings.reading);
 * const config = await settings.configFor(dataset);
 */
export function notebookSettings(options: NotebookOptions = {}): NotebookSettings {
  const { FRCNN_DATA, FRCNN_READING, FRCNN_RUN, FRCNN_PRESET, FRCNN_EPOCHS } = process.env;
  const root = projectRoot();
  const folder = (inCell: string | undefined, inEnvironment: string | undefined, path: string) =>
    inCell !== undefined ? resolve(inCell) : resolve(root, inEnvironment || path);
  const epochs = options.epochs ?? (FRCNN_EPOCHS ? Number(FRCNN_EPOCHS) : undefined);
  if (epochs !== undefined && !(Number.isInteger(epochs) && epochs > 0))
    throw new Error(`notebookSettings: epochs is ${epochs}: it must be a whole number above 0`);
  const folders = {
    data: folder(options.data, FRCNN_DATA, BUNDLED_SAMPLE),
    reading: options.reading ?? parseReading(FRCNN_READING),
    run: folder(options.run, FRCNN_RUN, join("runs", "notebooks")),
  };
  const preset = options.preset ?? (FRCNN_PRESET || presetFor(folders.data, root));
  const fixed: Overrides<Config> = epochs === undefined ? {} : { training: { epochs } };
  return preset === AUTO_PRESET
    ? plannedSettings(folders, fixed)
    : presetSettings(folders, configure(presetByName(preset), fixed));
}

type Folders = Pick<NotebookSettings, "data" | "reading" | "run">;

/** The configuration of a preset: the same for every data set. */
function presetSettings(folders: Folders, config: Config): NotebookSettings {
  return {
    ...folders,
    config,
    configFor: () => Promise.resolve(config),
    planFor: () => Promise.resolve(null),
  };
}

/** The configuration of the preset `auto`: a plan, which is made once for each data set. */
function plannedSettings(folders: Folders, fixed: Overrides<Config>): NotebookSettings {
  const plans = new WeakMap<Dataset, Promise<AutoPlan>>();
  const planFor = (dataset: Dataset) => {
    const plan = plans.get(dataset) ?? planAutomatically(dataset, { fixed });
    plans.set(dataset, plan);
    return plan;
  };
  return {
    ...folders,
    get config(): Config {
      throw new Error(
        "settings.config: the preset 'auto' plans the settings for a data set: write const config = await settings.configFor(dataset)",
      );
    },
    configFor: async (dataset) => (await planFor(dataset)).config,
    planFor,
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
