/** What `npm run detect` writes: detections as JSON and as rows of a table, each with what a reader has to know of it. */
import { basename } from "path";
import type { DetectedImage } from "../src/evaluation/detect-dataset";
import type { PlacedDetection, VolumeDetections } from "../src/evaluation/detect-volume";
import { DISCLAIMER } from "../src/disclaimer";
import type { Detection } from "../src/types";

/** Columns of detections.csv; those from `slice` on are empty for plain images. */
export const COLUMNS = [
  "file",
  ...["x1", "y1", "x2", "y2", "score", "class", "class probability"],
  ...["slice", "plane", "space", "center x mm", "center y mm", "center z mm", "width mm", "height mm"],
] as const;

const PLACES = 4;

export interface ImageResult {
  readonly file: string;
  readonly image: Pick<DetectedImage, "width" | "height" | "detections">;
}

/** The whole of detections.json. Detections are those of `minScore` or more already. */
export function resultsJson(
  images: readonly ImageResult[],
  volumes: readonly VolumeDetections[],
  classNames: readonly string[],
  { weights, minScore }: { readonly weights: string; readonly minScore: number },
): object {
  return {
    notice: DISCLAIMER,
    weights,
    minScore,
    boxes:
      "[x1, y1, x2, y2] in pixels of the upright image; of a scan, in pixels of the slice's picture, which are square",
    images: images.map(({ file, image }) => ({
      file,
      detections: image.detections.map((found) => describe(found, classNames)),
    })),
    volumes: volumes.map((found) => describeVolume(found, classNames)),
  };
}

function describeVolume({ volume, slices }: VolumeDetections, classNames: readonly string[]): object {
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
        return { ...describe(found, classNames), centerMillimeters, cornersMillimeters, sizeMillimeters };
      }),
    })),
  };
}

const SPACES = {
  LPS: "x to the patient's left, y to the back, z to the head, as DICOM has it",
  RAS: "x to the patient's right, y to the front, z to the head, as NIfTI has it",
};

function describe({ box, score, classId, classProbabilities }: Detection, classNames: readonly string[]): object {
  const classes = Object.fromEntries(classNames.map((name, i) => [name, classProbabilities[i]]));
  return { box, score, class: classNames[classId], classProbabilities: classes };
}

/** Rows of detections.csv, in the order of COLUMNS. */
export function resultRows(
  images: readonly ImageResult[],
  volumes: readonly VolumeDetections[],
  classNames: readonly string[],
): (string | number)[][] {
  const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(PLACES)));
  const start = (file: string, { box, score, classId, classProbabilities }: Detection) => {
    const [x1, y1, x2, y2, kept, probability] = rounded([...box, score, classProbabilities[classId]]);
    return [file, x1, y1, x2, y2, kept, classNames[classId], probability];
  };
  const numbers = (values: readonly number[] | null, count: number) => values ? rounded(values) : Array<string>(count).fill(""); // prettier-ignore
  const place = ({ centerMillimeters, sizeMillimeters }: PlacedDetection) => [
    ...numbers(centerMillimeters, 3),
    ...numbers(sizeMillimeters, 2),
  ];
  const ofImages = images.flatMap(({ file, image }) =>
    image.detections.map((found) => [...start(file, found), ...Array<string>(COLUMNS.length - 8).fill("")]),
  );
  const ofVolumes = volumes.flatMap(({ volume, slices }) =>
    slices.flatMap(({ slice, detections }) =>
      detections.map((found) => [
        ...start(slice.file, found),
        slice.index,
        volume.plane ?? "",
        volume.space ?? "",
        ...place(found),
      ]),
    ),
  );
  return [...ofImages, ...ofVolumes];
}

/** Names without endings, told apart by a number where several are the same: what result files are called. */
export function resultNames(paths: readonly string[]): string[] {
  const stems = paths.map((path) => basename(path).replace(/(\.nii\.gz|\.[^.]+)$/i, "") || basename(path));
  return stems.map((stem, i) => (stems.indexOf(stem) === stems.lastIndexOf(stem) ? stem : `${stem}-${i}`));
}
