/**
 * What all commands share: options that name a data set or a configuration, parsers of option
 * values, and how errors are printed.
 *
 * A parser throws a sentence that names the option. Commander calls it while it parses the command
 * line, so that a wrong value ends the command before anything is computed.
 */
import { join } from "path";
import type { Command } from "commander";
import { type Config, configure, presetByName, presets, readOverrides } from "../src/config/index";
import { checkConfig } from "../src/detectors/check-config";
import { type Dataset, openDataset } from "../src/data/dataset";

/** The exit status of a program that Ctrl+C ended, as shells report it. */
export const INTERRUPTED = 130;

/** The project's folder. */
export const ROOT = join(__dirname, "..");

/**
 * Runs a command to its end. An error is printed as a sentence and makes the exit status 1; with
 * the environment variable FRCNN_DEBUG the stack is printed too.
 */
export function main(work: () => Promise<void>): void {
  work().catch((error: Error) => {
    console.error(`\n${process.env.FRCNN_DEBUG ? error.stack : error.message}`);
    process.exit(1);
  });
}

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
      `--only wants numbers from 0 to ${folds - 1}, the folds of --folds ${folds}, not '${unknown}'`,
    );
  return only ?? Array.from({ length: folds }, (_, fold) => fold);
}

/** Parses a whole number of at least `low`. */
export function wholeNumber(option: string, low: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (Number.isSafeInteger(value) && value >= low) return value;
    throw new Error(`${option} wants a whole number of ${low} or more, not '${text}'`);
  };
}

/** Parses a number from `low` to `high`. */
export function numberBetween(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (value >= low && value <= high) return value;
    throw new Error(`${option} wants a number from ${low} to ${high}, not '${text}'`);
  };
}

/** Parses two numbers with a separator between them. */
export function numberPair(option: string, separator: string): (text: string) => [number, number] {
  return (text) => {
    const numbers = text.split(separator).map(numberIn);
    if (numbers.length === 2 && numbers.every(Number.isFinite)) return [numbers[0], numbers[1]];
    throw new Error(`${option} wants two numbers with a ${separator} between them, not '${text}'`);
  };
}

/** Parses different whole numbers of at least `low` with commas between them. */
export function wholeNumberList(option: string, low: number): (text: string) => number[] {
  return (text) => {
    const numbers = text.split(",").map(numberIn);
    const areNumbers = numbers.every((value) => Number.isSafeInteger(value) && value >= low);
    if (areNumbers && !hasDuplicates(numbers)) return numbers;
    throw new Error(
      `${option} wants different whole numbers of ${low} or more with commas between them, not '${text}'`,
    );
  };
}

/** Parses different names with a separator between them. */
export function nameList(option: string, separator = ","): (text: string) => string[] {
  return (text) => {
    const names = text.split(separator).map((name) => name.trim());
    if (names.every(Boolean) && !hasDuplicates(names)) return names;
    throw new Error(
      `${option} wants different names with ${separator} between them, not '${text}'`,
    );
  };
}

/** Parses one of the given names. */
export function oneOf<T extends string>(option: string, names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    throw new Error(`${option} wants one of ${names.join(", ")}, not '${text}'`);
  };
}

/** Parses a regular expression. */
export function pattern(option: string): (text: string) => RegExp {
  return (text) => {
    try {
      return new RegExp(text);
    } catch (error) {
      throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
    }
  };
}

/** NaN for a text that is not a number. `Number` alone makes 0 of an empty text. */
function numberIn(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

function hasDuplicates(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length;
}
