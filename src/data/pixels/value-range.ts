/**
 * The range of values that images of more than 8 bits use. A scanner's 12 bits in a file of 16, or
 * numbers from 0 to 1, fill a small part of what the file could hold: the part that is used becomes
 * black to white. It is found once for a set, so that all its images are changed alike.
 */
import { quantileSorted } from "simple-statistics";
import type { ImageRecord, ValueRange } from "../../types";
import type { Problem } from "../checks";
import { isTestSplit, isValidationSplit } from "../splits";
import { finiteValues } from "./finite-values";

/** The range of an image is from one of these percentiles to the other, as fractions. */
const PERCENTILES = [0.001, 0.999] as const;
/**
 * The range of a set is from this quantile of the lower ends of its images to the opposite one of
 * the upper ends: a few unusual images do not change it.
 */
const UNUSUAL = 0.05;
/** An image whose range is a smaller fraction of the set's is nearly blank. */
const NEARLY_BLANK = 0.02;
/** Ranges that share a smaller fraction of both together are different scales. */
const LEAST_SHARED = 0.1;
/** Values of an image from which percentiles are taken, at most. */
const MAX_VALUES = 2 ** 16;
/** Bytes are in the range from black to white. */
const BYTES: ValueRange = [0, 255];

/**
 * The range of an image: from its 0.1 to its 99.9 percentile. Values that are not finite are left
 * out. Of a large image, evenly spaced values are used.
 * @throws when no value is finite
 */
export function percentileRange(values: Uint8Array | Float32Array): ValueRange {
  const step = Math.ceil(values.length / MAX_VALUES);
  const sampled =
    values instanceof Uint8Array ? sampleBytes(values, step) : finiteValues(values, step).sort();
  if (!sampled.length) throw new Error("none of its values is finite");
  const [low, high] = PERCENTILES.map((part) =>
    quantileSorted(sampled as unknown as number[], part),
  );
  return [low, high];
}

/** Every `step`-th byte, in rising order. They are counted, because sorting takes longer. */
function sampleBytes(values: Uint8Array, step: number): Uint8Array {
  const counts = new Uint32Array(BYTES[1] + 1);
  for (let i = 0; i < values.length; i += step) counts[values[i]]++;
  const sorted = new Uint8Array(Math.ceil(values.length / step));
  let end = 0;
  counts.forEach((count, value) => sorted.fill(value, end, (end += count)));
  return sorted;
}

/** The range of a set from those of its images. */
export function rangeOfSet(ranges: readonly ValueRange[]): ValueRange {
  const ends = (side: 0 | 1) => ranges.map((range) => range[side]).sort((a, b) => a - b);
  return [quantileSorted(ends(0), UNUSUAL), quantileSorted(ends(1), 1 - UNUSUAL)];
}

/** The images of a data set with one range for all that need one. */
export interface SharedRange {
  readonly images: readonly ImageRecord[];
  /** Images that are nearly blank. */
  readonly problems: readonly Problem[];
  /** Says which range was found; none if all images have 8 bits. */
  readonly notes: readonly string[];
}

/**
 * Gives all images of more than 8 bits the range of the training images among them: those that are
 * not of a validation or test split; of all of them if there are none.
 * @param images each with its own range
 */
export function shareRange(images: readonly ImageRecord[]): SharedRange {
  const deep = images.filter(({ valueRange }) => valueRange);
  const training = deep.filter(({ split }) => !isValidationSplit(split) && !isTestSplit(split));
  const found = training.length ? training : deep;
  if (!found.length) return { images, problems: [], notes: [] };
  const range = rangeOfSet(found.map(({ valueRange }) => valueRange!));
  return {
    images: images.map((image) =>
      image.valueRange ? { ...image, valueRange: range, ownRange: image.valueRange } : image,
    ),
    problems: deep
      .filter(({ valueRange }) => isNearlyBlank(valueRange!, range))
      .map(({ id, valueRange }) => ({
        severity: "warning",
        file: id,
        message: blankMessage(valueRange!),
      })),
    notes: [
      `${deep.length} images have more than 8 bits a pixel: their values from ${rangeText(range)} become black to white.`,
    ],
  };
}

/**
 * The range of training images from those of each of them, for a part of a data set: held-out
 * images must not decide it.
 * @returns null if all images have 8 bits
 */
export function trainingRange(images: readonly ImageRecord[]): ValueRange | null {
  const ranges = images.flatMap(({ ownRange }) => (ownRange ? [ownRange] : []));
  return ranges.length ? rangeOfSet(ranges) : null;
}

/** Whether an image uses so little of a range that nothing can be seen in it. */
export function isNearlyBlank([low, high]: ValueRange, set: ValueRange = BYTES): boolean {
  return high - low <= NEARLY_BLANK * (set[1] - set[0]);
}

/** The warning about an image that is nearly blank. */
export function blankMessage(range: ValueRange): string {
  return `the image is blank or nearly blank: nearly all of its values are from ${rangeText(range)}`;
}

/** Whether images of one range are black, white or without contrast in another one. */
export function differsFrom(found: ValueRange, other: ValueRange): boolean {
  const shared = Math.min(found[1], other[1]) - Math.max(found[0], other[0]);
  const both = Math.max(found[1], other[1]) - Math.min(found[0], other[0]);
  return shared < LEAST_SHARED * both;
}

/** A range for people to read: `0 to 2047`. */
export function rangeText([low, high]: ValueRange): string {
  return `${numberText(low)} to ${numberText(high)}`;
}

function numberText(value: number): string {
  const SIGNIFICANT_DIGITS = 4;
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}
