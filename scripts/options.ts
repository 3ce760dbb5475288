/** Options that several commands have: those that name a data set, a configuration or folds. */
import type { Command } from "commander";
import {
  AUTO_PRESET,
  type Config,
  configure,
  PRESET_NAMES,
  type Overrides,
  presetByName,
  presets,
  readOverrides,
} from "../src/config/index";
import type { Dataset } from "../src/data/dataset";
import {
  DIFFICULT_CHOICES,
  FORMAT_NAMES,
  type FormatOptions,
  UNLISTED_CHOICES,
} from "../src/data/formats/format";
import { backgroundSuggestions } from "../src/data/health/background-class";
import { summarizeProblems } from "../src/data/problem-summary";
import type { ReadOptions } from "../src/data/read-dataset";
import type { OverlapPolicy } from "../src/data/same-images";
import { BUNDLED_SAMPLE, presetFor } from "../src/planning/preset-for";
import {
  classOption,
  nameList,
  namePairs,
  oneOf,
  pathText,
  patientChoice,
  ROOT,
  type ClassOption,
  wholeNumber,
  wholeNumberList,
} from "./command";
import { type LabelMapOptions, withLabelMapOptions } from "./label-map-options";

/** Options that say how a data set is read. */
export interface ReadingOptions extends LabelMapOptions {
  patients?: string;
  classes?: ClassOption;
  background?: string[];
  overlap?: OverlapPolicy;
  strict?: boolean;
  format?: string;
  columns?: Record<string, string>;
  difficult?: FormatOptions["difficult"];
  firstPixel?: FormatOptions["firstPixel"];
  unlisted?: FormatOptions["unlisted"];
}

/** Options that name a data set. */
export interface DataOptions extends ReadingOptions {
  data: string;
}

/** Adds the options that name a data set. */
export function withDataOptions(command: Command): Command {
  return withReadingOptions(
    command.option("--data <folder>", "the data set", pathText("--data"), BUNDLED_SAMPLE),
  );
}

/** Adds the options that say how a data set is read. */
export function withReadingOptions(command: Command): Command {
  command
    .option(
      "--patients <where>",
      "where patients are found: a regular expression for the path below the images, whose first group is the patient; folder; none; or a column; default: what the format stores, or a guess from names",
      patientChoice("--patients"),
    )
    .option(
      "--classes <names>",
      "class names, for example ring,solid, or other names for some, for example Tumor=lesion; default: those of the data set",
      classOption("--classes"),
    )
    .option(
      "--background <names>",
      "classes that mean that nothing is there: their boxes are taken away",
      nameList("--background"),
    )
    .option(
      "--overlap <what>",
      "an image or patient in training and in another split: drop it from training, keep it, or error; default: drop images, error for patients",
      oneOf("--overlap", ["drop", "keep", "error"]),
    )
    .option("--strict", "faults that are left out otherwise, such as repeated lines, are errors")
    .option(
      "--format <name>",
      `format of the data set: ${FORMAT_NAMES.join(", ")}; default: the one that fits its files`,
      oneOf("--format", FORMAT_NAMES),
    )
    .option(
      "--columns <pairs>",
      "for CSV: columns by what they contain, for example file=image,x1=left; places from 1 where there is no header",
      namePairs("--columns"),
    )
    .option(
      "--difficult <choice>",
      `for Pascal VOC: objects marked as difficult, ${DIFFICULT_CHOICES.join(" or ")}; default: keep`,
      oneOf("--difficult", DIFFICULT_CHOICES),
    )
    .option(
      "--first-pixel <number>",
      "for Pascal VOC: number of the first pixel, 0 or 1; default: 1, or 0 if a box begins there",
      (text: string) => (oneOf("--first-pixel", ["0", "1"])(text) === "0" ? 0 : 1),
    )
    .option(
      "--unlisted <choice>",
      `images that no annotation file names: ${UNLISTED_CHOICES.join(" or ")}; default: leave-out`,
      oneOf("--unlisted", UNLISTED_CHOICES),
    );
  return withLabelMapOptions(command);
}

/** How a data set is read, from the options of a command. */
export function readOptions({ classes, ...options }: ReadingOptions): ReadOptions {
  const { patients, background, overlap, strict } = options;
  const { format, columns, difficult, firstPixel, unlisted } = options;
  const { plane, every, lesionFree, sequence, labels, labelMap, minArea } = options;
  return {
    ...classes,
    ...{ patients, background, overlap, strict },
    ...{ format, columns, difficult, firstPixel, unlisted },
    ...{ plane, every, lesionFree, sequence, labels, labelMap, minArea },
  };
}

/**
 * Opens the data set that the options name.
 * @throws with all errors of the data set, when it has any
 */
export async function openChosen({ data, ...options }: DataOptions): Promise<Dataset> {
  const { openDataset } = await import("../src/data/dataset");
  return (await openDataset(data, readOptions(options))).requireValid();
}

/** Prints the lines of `datasetLines`. */
export function printDataset(dataset: Dataset, options?: { readonly isTrained?: boolean }): void {
  for (const line of datasetLines(dataset, options)) console.log(line);
}

/**
 * What a data set is read as, and what is wrong with it: a few lines of each kind.
 * @param options.isTrained for the data of a trained run, which decides itself which classes mean
 * that nothing is there: none are suggested
 */
export function datasetLines(
  { notes, problems, images, classNames }: Dataset,
  { isTrained = false }: { readonly isTrained?: boolean } = {},
): string[] {
  const suggestions = backgroundSuggestions(images, classNames).map(({ text }) => text);
  const printed = isTrained ? notes.filter((note) => !suggestions.includes(note)) : notes;
  return [...summarizeProblems(problems), ...printed];
}

/** What the option `--augment` does. */
export const AUGMENT_TEXT =
  "test-time augmentation: average over several views of each image (itself, its mirror image, both moved by half a cell); takes three to four times as long";

/** Options that make a configuration. */
export interface ConfigOptions {
  /** See `chosenPreset` for the one that counts where none is named. */
  preset?: string;
  config?: string;
  epochs?: number;
}

/** Options that make a configuration, of which the preset is chosen. */
type ChosenConfigOptions = ConfigOptions & { readonly preset: string };

/** Whether a command can plan the settings; `sweep` cannot, because it changes those of a preset. */
interface PresetChoice {
  readonly canPlan?: boolean;
}

/** Adds the options that make a configuration. */
export function withConfigOptions(command: Command, choice: PresetChoice = {}): Command {
  return withEpochsOption(
    withPresetOption(command, choice).option(
      "--config <file>",
      "a YAML or JSON file with settings that replace the preset's, for example training: { epochs: 5 }",
      pathText("--config"),
    ),
  );
}

/** Adds the option for the preset. */
export function withPresetOption(command: Command, { canPlan = true }: PresetChoice = {}): Command {
  const names = PRESET_NAMES.filter((name) => canPlan || name !== AUTO_PRESET).join(", ");
  const choice = canPlan
    ? "auto, which plans it for the data set; for the bundled sample: default"
    : "default";
  return command.option(
    "--preset <name>",
    `the configuration: ${names}; default: ${choice}`,
    (text: string) => {
      // The current name for an old one.
      if (text !== AUTO_PRESET) return presetByName(text).preset;
      if (canPlan) return text;
      throw new Error(`--preset must be one of ${names}: this command cannot plan the settings`);
    },
  );
}

/**
 * The name of the preset: that of the option, else that in the file with settings, else the one for
 * the data set.
 * @throws when the file cannot be read, or names unknown settings
 */
export function chosenPreset({ data, ...options }: ConfigOptions & DataOptions): string {
  return namedPreset(options) ?? presetFor(data, ROOT);
}

/**
 * The name of the preset whose settings are changed: that of the option, else that in the file with
 * settings, else `default`.
 * @throws as `chosenPreset` does, and when the file names `auto`
 */
export function basePreset(options: ConfigOptions): string {
  const name = namedPreset(options) ?? presets.default.preset;
  if (name !== AUTO_PRESET) return name;
  throw new Error(
    `${options.config}: it names the preset '${name}', and this command cannot plan the settings: remove the name, or name another preset`,
  );
}

function namedPreset({ preset, config: file }: ConfigOptions): string | undefined {
  return preset ?? (file === undefined ? undefined : presetIn(readOverrides(file)));
}

/** The current name of the preset in a file. Another name is a remark of the user. */
function presetIn({ preset }: Overrides<Config>): string | undefined {
  if (typeof preset !== "string") return undefined;
  if (preset === AUTO_PRESET) return preset;
  return Object.hasOwn(presets, preset) ? presetByName(preset).preset : undefined;
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
 * The settings in a file.
 * @throws when it names another preset than the command line
 */
function overridesIn(file: string | undefined, preset: string): Overrides<Config> {
  if (file === undefined) return {};
  const overrides = readOverrides(file);
  const named = presetIn(overrides) ?? preset;
  if (named === preset) return overrides;
  throw new Error(
    `${file}: it names the preset '${named}', and the settings would be added to those of '${preset}': give --preset ${named}, or remove the name`,
  );
}

/**
 * The settings that the options set themselves, in place of those of a preset.
 * @throws when the file cannot be read, or names unknown settings
 */
export function chosenOverrides(
  { preset, config: file, epochs }: ChosenConfigOptions,
  seed?: number,
): Overrides<Config> {
  const overrides = overridesIn(file, preset);
  return {
    ...overrides,
    ...(seed !== undefined && { seed }),
    ...(epochs !== undefined && { training: { ...overrides.training, epochs } }),
  };
}

/**
 * The configuration that the options make.
 * @throws with all that is wrong with it
 */
export async function chosenConfig(
  { preset, config: file, epochs }: ChosenConfigOptions,
  seed?: number,
): Promise<Config> {
  const base = presetByName(preset);
  const overridden = configure(base, overridesIn(file, preset));
  const { checkConfig } = await import("../src/detectors/check-config");
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
