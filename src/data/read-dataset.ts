/**
 * Reads a data set and checks all of it before anything is trained. Each image and each label file
 * is opened once. This is the part that all formats share; what differs between them is in
 * `formats/`.
 */
import { basename, extname } from "path";
import type { ImageRecord } from "../types";
import { inParallel } from "../util/in-parallel";
import { checkImage } from "./check-image";
import type { Problem } from "./checks";
import { numberedClasses } from "./class-names";
import { pathBelow, type Report } from "./folders";
import type { DatasetFormat, FormatOptions, ListedImage } from "./formats/format";
import { chooseFormat, FORMATS } from "./formats/registry";
import { copiedImages, patientsInSeveralSplits } from "./leakage";
import { shareRange } from "./pixels/value-range";
import { DEFAULT_PATIENT, patientOf } from "./patients";
import { splitNameWarning } from "./splits";

/** How a data set is read. */
export interface ReadOptions extends FormatOptions {
  /**
   * Finds the patient in the name of an image file without its ending: the first group of the
   * pattern, or its whole match if it has no group. By default the part before the first `_`. Not
   * used where the format stores the patient.
   */
  readonly patientPattern?: RegExp;
  /** Name of the format, for example `yolo`; by default the one that fits the folder best. */
  readonly format?: string;
  /** Called after each image that was read. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What was read from a data set's folder. */
export interface ReadResult {
  /** Name of the format. */
  readonly format: string;
  readonly images: readonly ImageRecord[];
  /** By class index. */
  readonly classNames: readonly string[];
  /** Errors before warnings, then by file and line. */
  readonly problems: readonly Problem[];
  /** Remarks that are not problems: which format was read and why, and what the format adds. */
  readonly notes: readonly string[];
}

/** An image of a split, before it is read. */
interface SplitImage {
  readonly split: string;
  readonly image: ListedImage;
}

/** What reading one image gives. */
interface ImageResult {
  /** Null if the image cannot be decoded. */
  readonly record: ImageRecord | null;
  /** Equal for images with the same content. */
  readonly hash: string | null;
  readonly problems: readonly Problem[];
}

/**
 * Reads and checks the data set in a folder.
 * @param root the data set's folder
 * @param options how it is read
 * @param formats the formats to choose from
 * @throws when no format fits the folder or no image is found; everything else is a problem in the
 * result
 */
export async function readDataset(
  root: string,
  options: ReadOptions = {},
  formats: readonly DatasetFormat[] = FORMATS,
): Promise<ReadResult> {
  const { format, evidence } = await chooseFormat(root, options.format, formats);
  const listing = await format.read(root, options);
  const classNames = options.classNames ?? listing.classNames;
  const problems: Problem[] = [...listing.problems];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  for (const { name, place } of listing.splits) {
    const warning = splitNameWarning(name);
    if (warning !== null) report("warning", place, warning);
  }
  const listed = listing.splits.flatMap(({ name, images }) =>
    images.map((image): SplitImage => ({ split: name, image })),
  );
  let done = 0;
  const results = await inParallel(listed, async (splitImage) => {
    const result = await readImage(root, splitImage, {
      patientPattern: options.patientPattern ?? DEFAULT_PATIENT,
      classCount: classNames?.length ?? null,
    });
    options.onProgress?.({ done: ++done, total: listed.length });
    return result;
  });
  const { images, ...range } = shareRange(results.flatMap(({ record }) => record ?? []));
  const found = [
    ...results.map((result) => result.problems),
    patientsInSeveralSplits(images),
    copiedImages(groupByHash(results)),
    range.problems,
  ];
  // One by one: a function takes about 100,000 arguments, and a data set can have more problems.
  for (const problem of found.flat()) problems.push(problem);
  if (!images.length) report("error", root, "none of its images can be read");
  problems.sort(
    (a, b) =>
      a.severity.localeCompare(b.severity) ||
      a.file.localeCompare(b.file) ||
      (a.line ?? 0) - (b.line ?? 0),
  );
  return {
    format: format.name,
    images,
    classNames: classNames ?? numberedClasses(highestClass(images) + 1),
    problems,
    notes: [`Read as ${format.name}: ${evidence}.`, ...listing.notes, ...range.notes],
  };
}

/** Decodes an image, reads its annotations and finds its patient. */
async function readImage(
  root: string,
  { split, image }: SplitImage,
  options: { readonly patientPattern: RegExp; readonly classCount: number | null },
): Promise<ImageResult> {
  const { path, part, labelPath, decode } = image;
  const id = pathBelow(root, path) + (part === undefined ? "" : `#${part}`);
  const checked = await checkImage(image);
  const problems = checked.problems.map((problem): Problem => ({ ...problem, file: id }));
  if (!checked.image) return { record: null, hash: null, problems };
  const { width, height, hash, valueRange } = checked.image;
  const { annotations, patient, ...rest } = await image.annotate({
    width,
    height,
    classCount: options.classCount,
  });
  for (const problem of rest.problems) problems.push(problem);
  const found = patient ?? patientOf(path, options.patientPattern);
  if (found === null)
    problems.push({
      severity: "error",
      file: id,
      message: `its name does not match the patient pattern ${options.patientPattern}: rename the file or correct the pattern`,
    });
  const record: ImageRecord = {
    id,
    path,
    labelPath,
    split,
    patient: found ?? basename(path, extname(path)),
    width,
    height,
    annotations,
    ...(decode ? { decode } : {}),
    ...(valueRange ? { valueRange } : {}),
  };
  return { record, hash, problems };
}

/** The images with the same content, for each content. */
function groupByHash(results: readonly ImageResult[]): ImageRecord[][] {
  const groups = new Map<string, ImageRecord[]>();
  for (const { record, hash } of results) {
    if (!record || hash === null) continue;
    const group = groups.get(hash);
    if (group) group.push(record);
    else groups.set(hash, [record]);
  }
  return Array.from(groups.values());
}

/** The highest class index that occurs, 0 without annotations. */
function highestClass(images: readonly ImageRecord[]): number {
  // Not spread into Math.max: a large data set has more boxes than a function takes arguments.
  return images
    .flatMap(({ annotations }) => annotations)
    .reduce((most, { classId }) => Math.max(most, classId), 0);
}
