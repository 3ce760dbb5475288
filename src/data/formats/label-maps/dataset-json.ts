/**
 * `dataset.json` of nnU-Net and the Medical Segmentation Decathlon: what the labels and the
 * channels mean.
 */
import { existsSync, readFileSync, statSync } from "fs";
import { join } from "path";
import type { Report } from "../../folders";
import { decodeText } from "../../read-file";

/** A class and the values of the label map that belong to it. */
export interface LabelClass {
  readonly name: string;
  readonly values: readonly number[];
}

/** What the file says. */
export interface DatasetDescription {
  /** The classes without the background; null if the file does not name them. */
  readonly classes: readonly LabelClass[] | null;
  /** Names of the channels, by their number. */
  readonly channels: readonly string[];
}

/** Bytes; the file of the largest published set has less than 1 MB. */
const MAX_BYTES = 2 ** 24;
/** Labels that are not lesions: voxels outside, and voxels that nobody labeled. */
const NO_CLASS = /^(background|bg|ignore|unlabeled)$/i;

/**
 * Reads `dataset.json`.
 * @param report receives what is wrong with it
 * @returns null if there is no such file, or it cannot be used
 */
export function readDescription(root: string, report: Report): DatasetDescription | null {
  const path = join(root, "dataset.json");
  if (!existsSync(path) || !statSync(path).isFile()) return null;
  if (statSync(path).size > MAX_BYTES) {
    report("warning", path, "it is larger than any description of a data set: it was not read");
    return null;
  }
  let content: unknown;
  try {
    content = JSON.parse(decodeText(readFileSync(path)));
  } catch (error) {
    report("warning", path, `it is not JSON (${(error as Error).message}): it was not read`);
    return null;
  }
  if (!isObject(content)) return null;
  const { labels, channel_names, modality } = content;
  return { classes: classesOf(labels), channels: channelsOf(channel_names ?? modality) };
}

/**
 * Both forms of labels: `{ "1": "tumor" }` of the Decathlon, and `{ "tumor": 1 }` or
 * `{ "whole tumor": [1, 2, 3] }` of nnU-Net.
 */
function classesOf(labels: unknown): LabelClass[] | null {
  if (!isObject(labels)) return null;
  const classes = Object.entries(labels).flatMap(([key, value]): LabelClass[] => {
    const isByNumber = typeof value === "string" && isNumber(key);
    const name = isByNumber ? value : key;
    const values = (isByNumber ? [key] : [value].flat())
      .map((number: unknown) => (isNumber(number) ? Number(number) : number))
      .filter((number): number is number => Number.isInteger(number) && (number as number) > 0);
    return NO_CLASS.test(name) || !values.length ? [] : [{ name, values }];
  });
  return classes.length ? classes : null;
}

/** `{ "0": "FLAIR", "1": "T1w" }`, by number. */
function channelsOf(channels: unknown): string[] {
  if (!isObject(channels)) return [];
  const names: string[] = [];
  for (const [number, name] of Object.entries(channels))
    if (/^\d{1,3}$/.test(number) && typeof name === "string") names[Number(number)] = name;
  return Array.from(names, (name, i) => name ?? String(i));
}

/** Whether a value is a whole number that is written as a text. */
function isNumber(value: unknown): value is string {
  return typeof value === "string" && /^\d+$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
