/**
 * What every command does alike: mistakes of the user are told in a sentence, mistakes of the
 * program with their place.
 */

import { join } from "path";
import { type Command, Option } from "commander";
import { type Config, configure, presetByName, presets, readOverrides } from "../src/config/index";
import { checkConfig } from "../src/detectors/check-config";
import { Dataset, openDataset } from "../src/data/dataset";
import { FORMATS } from "../src/data/formats/registry";
import type { ReadOptions } from "../src/data/read-dataset";

/** How a data set is read, on the command line. */
export interface ReadingOptions {
  patients?: string;
  classes?: string;
  format?: string;
  columns?: string;
  difficult?: "keep" | "leave-out";
  firstPixel?: "0" | "1";
  unlisted?: "leave-out" | "no-boxes";
}

/** What names a data set on the command line. */
export interface DataOptions extends ReadingOptions {
  data: string;
}

/** Adds the options that name a data set. */
export function withDataOptions(command: Command): Command {
  return withReadingOptions(
    command.option("--data <folder>", "the data set", join("data", "sample")),
  );
}

/** Adds the options that say how a data set is read. */
export function withReadingOptions(command: Command): Command {
  return command
    .option(
      "--patients <pattern>",
      "regular expression for the patient in a file name (its first group); else all before the first _",
    )
    .option("--classes <names>", "class names, as in ring,solid; else those of the data set")
    .option(
      "--format <name>",
      `${FORMATS.map(({ name }) => name).join(", ")}; else the one that fits the files`,
    )
    .option(
      "--columns <names>",
      "columns of a CSV table, as in file=image,x1=left,class=finding; numbers if it has no header",
    )
    .addOption(
      new Option(
        "--difficult <choice>",
        "Pascal VOC: objects marked as difficult are kept, or left out",
      ).choices(["keep", "leave-out"]),
    )
    .addOption(
      new Option(
        "--first-pixel <number>",
        "Pascal VOC: the number of the first pixel; else 1, or 0 if a box begins there",
      ).choices(["0", "1"]),
    )
    .addOption(
      new Option(
        "--unlisted <choice>",
        "images that no annotation file names: left out, or images without boxes",
      ).choices(["leave-out", "no-boxes"]),
    );
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
export async function openChosen({ data, ...options }: DataOptions): Promise<Dataset> {
  const dataset = (await openDataset(data, readOptions(options))).requireValid();
  for (const note of dataset.notes) console.log(note);
  return dataset;
}

/**
 * How a data set is read.
 * @throws when an option has no meaning
 */
export function readOptions(options: ReadingOptions): ReadOptions {
  const { patients, classes, format, columns, difficult, firstPixel, unlisted } = options;
  return {
    patientPattern: patients === undefined ? undefined : patternOf(patients),
    classNames: classes === undefined ? undefined : namesOf(classes),
    format,
    columns: columns === undefined ? undefined : columnsOf(columns),
    difficult,
    firstPixel: firstPixel === undefined ? undefined : firstPixel === "0" ? 0 : 1,
    unlisted,
  };
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

/** The columns in `file=image,x1=left`. */
function columnsOf(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.split("="));
  if (pairs.some((pair) => pair.length !== 2 || !pair[0].trim() || !pair[1].trim()))
    throw new Error(
      `--columns must be pairs with commas between them, as in file=image,x1=left, not '${text}'`,
    );
  return Object.fromEntries(pairs.map(([role, name]) => [role.trim(), name.trim()]));
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
