/**
 * Boxes and slices that differ from the others. They may be mistakes of labelling, images of
 * another scanner, or rare tumors: look at them before you remove them.
 */
import { median, medianAbsoluteDeviation } from "simple-statistics";
import type { Annotation, ImageRecord } from "../../types";
import { inParallel } from "../../util/in-parallel";
import type { Dataset } from "../dataset";
import { decodeRecord } from "../image";

/**
 * Modified z-score above which Iglewicz and Hoaglin (1993, 'How to detect and handle outliers')
 * call a value an outlier.
 */
export const OUTLIER_Z = 3.5;
/** Median absolute deviation of a normal distribution with a standard deviation of 1. */
const NORMAL_MAD = 0.6745;
/** A box whose edge is nearer to the image's edge, in pixels, touches it. */
const BORDER = 1;
/** Pixels above this grey value belong to the head, as in the presets' crop to the head. */
const HEAD_THRESHOLD = 20;

/** A box with its size and brightness compared with all others. */
export interface JudgedSliceBox {
  readonly image: ImageRecord;
  readonly annotation: Annotation;
  /** Square root of the box's area divided by the image's area: independent of the resolution. */
  readonly size: number;
  /** Mean grey value of the head in the image, 0 to 255. */
  readonly intensity: number;
  /** Modified z-score of the logarithm of the size among all boxes. */
  readonly sizeZ: number;
  /** Modified z-score of the intensity among all images. */
  readonly intensityZ: number;
  readonly isSizeOutlier: boolean;
  readonly isIntensityOutlier: boolean;
  /** Whether the box touches the image's edge: the tumor may be cut off, or the label is wrong. */
  readonly isOnBorder: boolean;
}

/** The boxes of a data set and which of them are unusual. */
export interface BoxOutliers {
  /** Modified z-score above which a value is an outlier. */
  readonly threshold: number;
  /** Every box, in the order of the data set. */
  readonly boxes: readonly JudgedSliceBox[];
  /** Slices whose head is unusually dark or bright, with or without boxes. */
  readonly unusualImages: readonly ImageRecord[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Compares the size of each box, and the brightness of each slice, with the median, in units of the
 * median absolute deviation.
 * @param options.threshold modified z-score above which a value is an outlier
 * @throws when an image cannot be decoded; the message names the file
 * @example
 * const { boxes, text } = await boxOutliers(dataset);
 * boxes.filter(({ isSizeOutlier }) => isSizeOutlier);
 */
export async function boxOutliers(
  dataset: Dataset,
  options: { readonly threshold?: number } = {},
): Promise<BoxOutliers> {
  const { threshold = OUTLIER_Z } = options;
  const { images } = dataset;
  const intensities = await inParallel(images, headIntensity);
  const intensityZ = modifiedZ(intensities);
  const found = images.flatMap((image, i) =>
    image.annotations.map((annotation) => ({ image, i, annotation })),
  );
  const sizes = found.map(({ image, annotation: { box } }) =>
    Math.sqrt(((box[2] - box[0]) * (box[3] - box[1])) / (image.width * image.height)),
  );
  const sizeZ = modifiedZ(sizes.map(Math.log));
  const boxes = found.map(({ image, i, annotation }, b): JudgedSliceBox => ({
    image,
    annotation,
    size: sizes[b],
    intensity: intensities[i],
    sizeZ: sizeZ[b],
    intensityZ: intensityZ[i],
    isSizeOutlier: Math.abs(sizeZ[b]) > threshold,
    isIntensityOutlier: Math.abs(intensityZ[i]) > threshold,
    isOnBorder: touchesEdge(annotation, image),
  }));
  const unusualImages = images.filter((_, i) => Math.abs(intensityZ[i]) > threshold);
  const count = (test: (box: JudgedSliceBox) => boolean) => boxes.filter(test).length;
  const text =
    `Of ${boxes.length} boxes ${count(({ isSizeOutlier }) => isSizeOutlier)} are unusually large or small and ` +
    `${count(({ isOnBorder }) => isOnBorder)} touch the image's edge; of ${images.length} slices ${unusualImages.length} ` +
    `are unusually dark or bright (more than ${threshold} robust standard deviations from the median).`;
  return { threshold, boxes, unusualImages, text };
}

/**
 * The modified z-scores of Iglewicz and Hoaglin (1993): distance from the median divided by the
 * median absolute deviation, on which outliers have little influence. If more than half of the
 * values are equal, their z-scores are 0 and all others are infinite.
 */
export function modifiedZ(values: readonly number[]): number[] {
  if (!values.length) return [];
  const middle = median([...values]);
  const deviation = medianAbsoluteDeviation([...values]);
  return values.map((value) =>
    value === middle ? 0 : (NORMAL_MAD * (value - middle)) / deviation,
  );
}

/** Mean grey value of the pixels above the threshold; 0 if there are none. */
async function headIntensity(image: ImageRecord): Promise<number> {
  const { pixels } = await decodeRecord(image);
  let [sum, count] = [0, 0];
  for (const value of pixels) {
    if (value <= HEAD_THRESHOLD) continue;
    sum += value;
    count++;
  }
  return count ? sum / count : 0;
}

function touchesEdge(
  { box: [x1, y1, x2, y2] }: Annotation,
  { width, height }: ImageRecord,
): boolean {
  return x1 < BORDER || y1 < BORDER || x2 > width - BORDER || y2 > height - BORDER;
}
