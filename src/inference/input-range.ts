/** The values that become black and white in the images that `npm run detect` is given. */
import { rangeOfFile } from "../data/pixels/read-raster";
import { differsFrom, rangeOfSet, rangeText } from "../data/pixels/value-range";
import type { ValueRange } from "../types";
import { inParallel } from "../util/in-parallel";

/** Files whose range is read, at most, at equal distances in their list. */
const MAX_FILES = 100;

/** A range, and what the reader of the results should know about it. */
export interface InputRange {
  /** Null if no image has more than 8 bits. */
  readonly valueRange: ValueRange | null;
  /** In sentences. */
  readonly notes: readonly string[];
}

/**
 * The range for images of more than 8 bits: that of the run, or else that of the images themselves.
 * @param files paths of the images
 * @param trained the range of the run; null if it was trained on images of 8 bits
 */
export async function inputRange(
  files: readonly string[],
  trained: ValueRange | null,
): Promise<InputRange> {
  const step = Math.ceil(files.length / MAX_FILES);
  const sampled = files.filter((_, i) => i % step === 0);
  const ranges = (await inParallel(sampled, rangeOfFile)).flatMap((range) =>
    range ? [range] : [],
  );
  if (!ranges.length) return { valueRange: trained, notes: [] };
  const found = rangeOfSet(ranges);
  const valueRange = trained ?? found;
  const source = trained ? "the range of the training images" : "the range of these images";
  const notes = [
    `Images of more than 8 bits a pixel: their values from ${rangeText(valueRange)} become black to white, ${source}.`,
  ];
  if (trained && differsFrom(found, trained))
    notes.push(
      `These images have values from ${rangeText(found)}, a different scale: the detector sees them nearly black or white. Save them in the scale of the training images.`,
    );
  return { valueRange, notes };
}
