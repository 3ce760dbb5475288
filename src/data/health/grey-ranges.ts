/** Which grey values the images of a data set use. */
import { median, quantileSorted } from "simple-statistics";
import { inParallel } from "../../util/in-parallel";
import { spread } from "../../util/spread";
import type { ImageRecord } from "../../types";
import type { Dataset } from "../dataset";
import { decodeRecord } from "../image";
import { rangeText } from "../pixels/value-range";

/** Images that are read at most. */
const IMAGES = 200;
/** The range of an image is from one of these quantiles of its values to the last one. */
const QUANTILES = [0.01, 0.5, 0.99] as const;
/** Grey values from black to white. */
const LEVELS = 256;
/** An image that uses a smaller part of the grey values has low contrast. */
const LOW_CONTRAST = 0.5;

/** The grey values of one image, from 0 to 255. Black pixels do not count. */
export interface GreyRange {
  readonly image: ImageRecord;
  /** 1 % of the values are lower. */
  readonly low: number;
  readonly median: number;
  /** 1 % of the values are higher. */
  readonly high: number;
}

/** The grey values of the images of a data set. */
export interface GreyRanges {
  /** In the order of the images; those of a large data set at equal distances. */
  readonly ranges: readonly GreyRange[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Reads the grey values that the images use, after values of more than 8 bits were scaled.
 * @param options which images are read
 * @param options.count images that are read at most, 200 by default
 * @throws when an image cannot be decoded; the message names the file
 * @example
 * const grey = await greyRanges(dataset);
 * await show(figures.greyRanges(grey));
 */
export async function greyRanges(
  dataset: Pick<Dataset, "images" | "valueRange">,
  { count = IMAGES }: { readonly count?: number } = {},
): Promise<GreyRanges> {
  const ranges = await inParallel(spread(dataset.images, count), greyRange);
  return { ranges, text: summary(dataset, ranges) };
}

async function greyRange(image: ImageRecord): Promise<GreyRange> {
  const { pixels } = await decodeRecord(image);
  const values = pixels.filter((value) => value > 0).sort();
  // A black image has no other value.
  const used = values.length ? values : pixels.subarray(0, 1);
  const [low, median, high] = QUANTILES.map((part) =>
    quantileSorted(used as unknown as number[], part),
  );
  return { image, low, median, high };
}

function summary(
  { images, valueRange }: Pick<Dataset, "images" | "valueRange">,
  ranges: readonly GreyRange[],
): string {
  const deep = images.filter((image) => image.valueRange).length;
  const windowed = images.filter((image) => image.decode && !image.valueRange).length;
  const plain = images.length - deep - windowed;
  const scales = [
    ...(plain ? [`${plain} images have 8 bits: their grey values are used as they are.`] : []),
    ...(valueRange
      ? [
          `${deep} images have more than 8 bits: values from ${rangeText(valueRange)} become black to white.`,
        ]
      : []),
    ...(windowed
      ? [
          `${windowed} images are slices of scans or files of a scanner: a grey window, found for each scan or stored in its file, becomes black to white.`,
        ]
      : []),
  ];
  const middle = (values: number[]) => (values.length ? Math.round(median(values)) : 0);
  const low = middle(ranges.map((range) => range.low));
  const high = middle(ranges.map((range) => range.high));
  const narrow = ranges.filter((range) => range.high - range.low < LOW_CONTRAST * LEVELS).length;
  return [
    ...scales,
    `Median over the images: grey values from ${low} to ${high}, without black and without 1 % at each end.`,
    `Images that use less than half of the grey values: ${narrow} of ${ranges.length}.`,
  ].join("\n");
}
