/**
 * What every command does alike: mistakes of the user are told in a sentence, mistakes of the
 * program with their place.
 */

import { join } from "path";
import type { Command } from "commander";
import { type Config, configure, presetByName, presets, readOverrides } from "../src/config/index";
import { checkConfig } from "../src/detectors/check-config";
import { Dataset, openDataset } from "../src/data/dataset";

/** What names a data set on the command line. */
export interface DataOptions {
  data: string;
  patients?: string;
  classes?: string;
}

/** Adds the options that name a data set. */
export function withDataOptions(command: Command): Command {
  return command
    .option("--data <folder>", "the data set", join("data", "sample"))
    .option(
      "--patients <pattern>",
      "regular expression for the patient in a file name (its first group); else all before the first _",
    )
    .option("--classes <names>", "class names, as in ring,solid; else those of data.yaml");
}

/** What a shell reports for a program that Ctrl+C ended. */
export const INTERRUPTED = 130;

/** What makes a configuration on the command line. */
export interface ConfigOptions {
  preset: string;
  config?: string;
  epochs?: number;
}

/** Adds the options that make a configuration. */
export function withConfigOptions(command: Command): Command {
  return command
    .option("--preset <name>", `the configuration: ${Object.keys(presets).join(", ")}`, "default")
    .option(
      "--config <file>",
      "settings in place of the preset's, as YAML or JSON: training: { epochs: 5 }",
    )
    .option("--epochs <number>", "epochs in place of the preset's", wholeNumber("--epochs", 1));
}

/** The configuration that the options make. Throws with all that is wrong with it. */
export function chosenConfig(
  { preset, config: file, epochs }: ConfigOptions,
  seed?: number,
): Config {
  const own =
    file === undefined
      ? presetByName(preset)
      : configure(presetByName(preset), readOverrides(file));
  return checkConfig(configure(own, { seed, training: { epochs } }), file ?? preset);
}

/** Opens the data set that the options name. Throws with all its errors when it has any. */
export async function openChosen({ data, patients, classes }: DataOptions): Promise<Dataset> {
  const dataset = await openDataset(data, {
    patientPattern: patients === undefined ? undefined : patternOf(patients),
    classNames: classes === undefined ? undefined : namesOf(classes),
  });
  return dataset.requireValid();
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new Error(`--patients: ${(error as Error).message}`, { cause: error });
  }
}

function namesOf(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => !name) || new Set(names).size < names.length)
    throw new Error(
      `--classes wants different names with commas between them, as in ring,solid, not '${text}'`,
    );
  return names;
}

/** Runs a command to its end; what it throws is printed and the exit status is 1. */
export function main(work: () => Promise<void>): void {
  work().catch((error: Error) => {
    console.error(`\n${process.env.FRCNN_DEBUG ? error.stack : error.message}`);
    process.exit(1);
  });
}

/** A whole number of at least `low` from an option. Throws a sentence that names the option. */
export function wholeNumber(option: string, low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low)
      throw new Error(`${option} wants a whole number from ${low} up, not '${text}'`);
    return value;
  };
}
