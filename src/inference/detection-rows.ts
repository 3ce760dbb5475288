/**
 * Detections as JSON objects and as table rows, as `npm run detect` writes them. Boxes are in
 * pixels of the image, and of a scan in pixels of the slice's picture.
 */
import { basename } from "path";
import type { DetectedImage } from "./detect-dataset";
import type { PlacedDetection, VolumeDetections } from "./detect-volume";
import { DISCLAIMER } from "../util/disclaimer";
import type { Detection } from "../types";

/** The columns of detections.csv. Those from `slice` on are empty for plain images. */
export const COLUMNS = [
  "file",
  ...["x1", "y1", "x2", "y2", "score", "class", "class probability"],
  ...[
    "slice",
    "plane",
    "space",
    "center x mm",
    "center y mm",
    "center z mm",
    "width mm",
    "height mm",
  ],
] as const;

/** The number of columns that plain images fill. */
const IMAGE_COLUMNS = 8;
/** Digits after the decimal point in the table. */
const DECIMALS = 4;

/** The detections of an image file; boxes in pixels of the image. */
export interface ImageResult {
  readonly file: string;
  readonly image: Pick<DetectedImage, "width" | "height" | "detections">;
}

/**
 * The members of detections.json before the lists of images and volumes.
 * @param options.weights the run folder of the detector
 * @param options.minScore boxes of a lower score are left out
 * @param options.testTimeAugmentation a sentence about it; null without it
 */
export function resultsHead({
  weights,
  minScore,
  testTimeAugmentation,
}: {
  readonly weights: string;
  readonly minScore: number;
  readonly testTimeAugmentation: string | null;
}): object {
  const boxes =
    "[x1, y1, x2, y2] in pixels of the upright image; of a scan, in pixels of the slice's picture, which are square";
  const augmentation = testTimeAugmentation === null ? {} : { testTimeAugmentation };
  return { notice: DISCLAIMER, weights, minScore, ...augmentation, boxes };
}

/** An image as an item of detections.json. */
export function describeImage({ file, image }: ImageResult, classNames: readonly string[]): object {
  return { file, detections: image.detections.map((found) => describe(found, classNames)) };
}

/** A scan as an item of detections.json: its slices, and each box also in millimeters. */
export function describeVolume(
  { volume, slices }: VolumeDetections,
  classNames: readonly string[],
): object {
  return {
    name: volume.name,
    format: volume.format,
    plane: volume.plane,
    millimeters: volume.space && `${volume.space}: ${SPACES[volume.space]}`,
    notes: volume.notes,
    slices: slices.map(({ slice, width, height, detections }) => ({
      index: slice.index,
      file: slice.file,
      picture: [width, height],
      window: slice.window,
      inverted: slice.inverted,
      detections: detections.map((found) => {
        const { centerMillimeters, cornersMillimeters, sizeMillimeters } = found;
        return {
          ...describe(found, classNames),
          centerMillimeters,
          cornersMillimeters,
          sizeMillimeters,
        };
      }),
    })),
  };
}

const SPACES = {
  LPS: "x to the patient's left, y to the back, z to the head, as DICOM has it",
  RAS: "x to the patient's right, y to the front, z to the head, as NIfTI has it",
};

function describe(
  { box, score, classId, classProbabilities }: Detection,
  classNames: readonly string[],
): object {
  const classes = Object.fromEntries(classNames.map((name, i) => [name, classProbabilities[i]]));
  return { box, score, class: classNames[classId], classProbabilities: classes };
}

/** One row of detections.csv for each detection of an image, in the order of COLUMNS. */
export function imageRows(
  { file, image }: ImageResult,
  classNames: readonly string[],
): (string | number)[][] {
  const empty = Array<string>(COLUMNS.length - IMAGE_COLUMNS).fill("");
  return image.detections.map((found) => [...rowStart(file, found, classNames), ...empty]);
}

/** One row of detections.csv for each detection of a scan, in the order of COLUMNS. */
export function volumeRows(
  { volume, slices }: VolumeDetections,
  classNames: readonly string[],
): (string | number)[][] {
  const numbers = (values: readonly number[] | null, count: number) =>
    values ? rounded(values) : Array<string>(count).fill("");
  return slices.flatMap(({ slice, detections }) =>
    detections.map((found: PlacedDetection) => [
      ...rowStart(slice.file, found, classNames),
      slice.index,
      volume.plane ?? "",
      volume.space ?? "",
      ...numbers(found.centerMillimeters, 3),
      ...numbers(found.sizeMillimeters, 2),
    ]),
  );
}

function rowStart(
  file: string,
  { box, score, classId, classProbabilities }: Detection,
  classNames: readonly string[],
): (string | number)[] {
  const [x1, y1, x2, y2, roundedScore, probability] = rounded([
    ...box,
    score,
    classProbabilities[classId],
  ]);
  return [file, x1, y1, x2, y2, roundedScore, classNames[classId], probability];
}

function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toFixed(DECIMALS)));
}

/**
 * A different name for the results of each file: the file's name without its ending. Names that
 * occur twice get a number: the position in the list, or the next number that makes a new name.
 * Names that differ only in upper and lower case count as the same, because some file systems
 * treat them so.
 */
export function resultNames(paths: readonly string[]): string[] {
  const stems = paths.map(
    (path) => basename(path).replace(/(\.nii\.gz|\.[^.]+)$/i, "") || basename(path),
  );
  const counts = new Map<string, number>();
  for (const stem of stems)
    counts.set(stem.toLowerCase(), (counts.get(stem.toLowerCase()) ?? 0) + 1);
  const taken = new Set(counts.keys());
  return stems.map((stem, i) => {
    if (counts.get(stem.toLowerCase()) === 1) return stem;
    let number = i;
    while (taken.has(`${stem}-${number}`.toLowerCase())) number++;
    taken.add(`${stem}-${number}`.toLowerCase());
    return `${stem}-${number}`;
  });
}
