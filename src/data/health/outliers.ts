/**
 * Boxes and slices unlike the others: often a slip of the label tool or another scanner, sometimes
 * a rare tumor. They are to be looked at, not dropped.
 */
import { median, medianAbsoluteDeviation } from "simple-statistics";
import type { Annotation, ImageRecord } from "../../types";
import type { Dataset } from "../dataset";
import { decodeImage } from "../image";
import { inParallel } from "../formats/yolo/read-yolo";

/**
 * Iglewicz and Hoaglin (1993, 'How to detect and handle outliers') call a value an outlier beyond
 * this modified z-score.
 */
export const OUTLIER_Z = 3.5;
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const NORMAL_MAD = 0.6745;
/** Boxes this near to the image's edge, in pixels, end at it. */
const BORDER = 1;
/** Pixels above it are the head, as in the presets' crop. */
const HEAD_THRESHOLD = 20;

export interface JudgedSliceBox {
  readonly image: ImageRecord;
  readonly annotation: Annotation;
  /** Root of the box's area over that of the image's, so that resolutions compare. */
  readonly size: number;
  /** Mean grey value of the image's head, 0 to 255. */
  readonly intensity: number;
  /** Modified z-scores among all boxes (size, on a log scale) and all images (intensity). */
  readonly sizeZ: number;
  readonly intensityZ: number;
  readonly isSizeOutlier: boolean;
  readonly isIntensityOutlier: boolean;
  /**
   * Whether it touches the image's edge: part of the tumor may be cut off, or the label is wrong.
   */
  readonly isOnBorder: boolean;
}

export interface BoxOutliers {
  readonly threshold: number;
  /** Every box, in the data set's order. */
  readonly boxes: readonly JudgedSliceBox[];
  /** Slices whose head is unusually dark or bright, with or without boxes. */
  readonly unusualImages: readonly ImageRecord[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Judges the size of every box and the brightness of every slice by its distance from the median in
 * median absolute deviations.
 * @throws naming the file, when an image cannot be decoded
 */
export async function boxOutliers(
  dataset: Dataset,
  { threshold = OUTLIER_Z }: { readonly threshold?: number } = {},
): Promise<BoxOutliers> {
  const { images } = dataset;
  const intensities = await inParallel(images, headIntensity);
  const intensityZ = robustZ(intensities);
  const found = images.flatMap((image, i) =>
    image.annotations.map((annotation) => ({ image, i, annotation })),
  );
  const sizes = found.map(({ image, annotation: { box } }) =>
    Math.sqrt(((box[2] - box[0]) * (box[3] - box[1])) / (image.width * image.height)),
  );
  const sizeZ = robustZ(sizes.map(Math.log));
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
  const count = (is: (box: JudgedSliceBox) => boolean) => boxes.filter(is).length;
  const text =
    `Of ${boxes.length} boxes ${count(({ isSizeOutlier }) => isSizeOutlier)} are unusually large or small and ` +
    `${count(({ isOnBorder }) => isOnBorder)} touch the image's edge; of ${images.length} slices ${unusualImages.length} ` +
    `are unusually dark or bright (more than ${threshold} robust standard deviations from the median).`;
  return { threshold, boxes, unusualImages, text };
}

/**
 * The modified z-scores of Iglewicz and Hoaglin (1993): distance from the median over the median
 * absolute deviation, which outliers themselves hardly move. Where more than half of the values are
 * equal, those are 0 and every other is infinitely far.
 */
export function robustZ(values: readonly number[]): number[] {
  if (!values.length) return [];
  const middle = median([...values]);
  const deviation = medianAbsoluteDeviation([...values]);
  return values.map((value) =>
    value === middle ? 0 : (NORMAL_MAD * (value - middle)) / deviation,
  );
}

/** The mean grey value of an image's pixels above the threshold; 0 where there is none. */
async function headIntensity({ path }: ImageRecord): Promise<number> {
  const { pixels } = await decodeImage(path).catch((error: Error) => {
    throw new Error(`${path}: cannot be decoded: ${error.message}`);
  });
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
