/** Options that several commands have: those that name a data set or folds. */
import type { Command } from "commander";
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
import { BUNDLED_SAMPLE } from "../src/planning/preset-for";
import {
  classOption,
  nameList,
  namePairs,
  oneOf,
  pathText,
  patientChoice,
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
