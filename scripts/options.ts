/** Options that several commands have: those that name a data set, a configuration or folds. */
import { join } from "path";
import type { Command } from "commander";
import { type Config, configure, presetByName, presets, readOverrides } from "../src/config/index";
import { type Dataset, openDataset } from "../src/data/dataset";
import { checkConfig } from "../src/detectors/check-config";
import { nameList, pattern, wholeNumber, wholeNumberList } from "./command";

/** Options that name a data set. */
export interface DataOptions {
  data: string;
  patients?: RegExp;
  classes?: string[];
}

/** Adds the options that name a data set. */
export function withDataOptions(command: Command): Command {
  return command
    .option("--data <folder>", "the data set", join("data", "sample"))
    .option(
      "--patients <pattern>",
      "regular expression whose first group is the patient in a file name; default: the text before the first _",
      pattern("--patients"),
    )
    .option(
      "--classes <names>",
      "class names, for example ring,solid; default: those of data.yaml",
      nameList("--classes"),
    );
}

/**
 * Opens the data set that the options name.
 * @throws with all errors of the data set, when it has any
 */
export async function openChosen({ data, patients, classes }: DataOptions): Promise<Dataset> {
  const dataset = await openDataset(data, { patientPattern: patients, classNames: classes });
  return dataset.requireValid();
}

/** Options that make a configuration. */
export interface ConfigOptions {
  preset: string;
  config?: string;
  epochs?: number;
}

/** Adds the options that make a configuration. */
export function withConfigOptions(command: Command): Command {
  return withEpochsOption(
    command
      .option("--preset <name>", `the configuration: ${Object.keys(presets).join(", ")}`, "default")
      .option(
        "--config <file>",
        "a YAML or JSON file with settings that replace the preset's, for example training: { epochs: 5 }",
      ),
  );
}

/** Adds the option for the number of epochs. */
export function withEpochsOption(command: Command): Command {
  return command.option(
    "--epochs <number>",
    "number of epochs; default: the configuration's",
    wholeNumber("--epochs", 1),
  );
}

/**
 * The configuration that the options make.
 * @throws with all that is wrong with it
 */
export function chosenConfig(
  { preset, config: file, epochs }: ConfigOptions,
  seed?: number,
): Config {
  const base = presetByName(preset);
  const overridden = file === undefined ? base : configure(base, readOverrides(file));
  return checkConfig(configure(overridden, { seed, training: { epochs } }), file ?? preset);
}

/** Options that choose folds. */
export interface FoldOptions {
  folds: number;
  only?: number[];
}

/** Adds the options that choose folds. */
export function withFoldOptions(command: Command): Command {
  return command
    .option(
      "--folds <number>",
      "number of parts that the patients are divided into",
      wholeNumber("--folds", 2),
      5,
    )
    .option(
      "--only <numbers>",
      "train only these folds, for example 0,1; folds are counted from 0",
      wholeNumberList("--only", 0),
    );
}

/**
 * The numbers of the folds to train: all of them, or those of `--only`.
 * @throws when `--only` names a fold that does not exist
 */
export function chosenFolds({ folds, only }: FoldOptions): number[] {
  const unknown = only?.find((fold) => fold >= folds);
  if (unknown !== undefined)
    throw new Error(
      `--only must be numbers from 0 to ${folds - 1}, the folds of --folds ${folds}, not '${unknown}'`,
    );
  return only ?? Array.from({ length: folds }, (_, fold) => fold);
}
