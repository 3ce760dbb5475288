/**
 * Reads a data set from its folder and checks all of it before anything is trained: every file is
 * opened once.
 */
import { createHash } from "crypto";
import { availableParallelism } from "os";
import { basename, extname, resolve } from "path";
import type { Annotation, ImageRecord } from "../../../types";
import type { Problem } from "../../checks";
import type { Report } from "../../folders";
import { decodeImage } from "../../image";
import { SplitFolders, findLayout, pathBelow } from "./layouts";
import { UnreadableFile, readBytes, readText } from "../../read-file";
import { Match, listSplit, matchLabels, nameClashes } from "./split-files";
import { MOST_LABEL_BYTES, parseLabels } from "./labels";

export interface ReadOptions {
  /**
   * Its first group, or else its whole match, in the file name without ending is the patient. The
   * part before the first `_` by default.
   */
  readonly patientPattern?: RegExp;
  /** Wins over data.yaml. */
  readonly classNames?: readonly string[];
}

export interface ReadResult {
  readonly images: readonly ImageRecord[];
  readonly classNames: readonly string[];
  readonly problems: readonly Problem[];
}

const DEFAULT_PATIENT = /^[^_]+/;
/** Bytes; as many pixels as are decoded, in three colors of 16 bits. */
const MOST_IMAGE_BYTES = 420_000_000;

/** An image and how it is to be read. */
interface FoundImage {
  readonly split: string;
  readonly path: string;
  readonly label: Match | undefined;
  /** Whether a missing label is worth a word: not when the whole folder is missing. */
  readonly wantsLabel: boolean;
}

/** Reads and checks the data set at `root`. Throws only when there is none. */
export async function readDataset(root: string, options: ReadOptions = {}): Promise<ReadResult> {
  const layout = await findLayout(root);
  const classNames = options.classNames ?? layout.classNames;
  const problems: Problem[] = [...layout.problems];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  const found = layout.splits.flatMap((folders) => listFound(root, folders, report));
  const hashes = new Map<string, ImageRecord[]>();
  const records = await inParallel(found, async (image) => {
    const {
      record,
      hash,
      problems: own,
    } = await readImage(resolve(root), image, options, classNames?.length ?? null);
    // One by one: a function takes some 100,000 arguments only, and a data set may have more
    // faults, or more boxes.
    for (const problem of own) problems.push(problem);
    if (record && hash) hashes.set(hash, [...(hashes.get(hash) ?? []), record]);
    return record;
  });
  const images = records.filter((record): record is ImageRecord => record !== null);
  for (const problem of [...sharedAcrossSplits(images), ...copies(hashes)]) problems.push(problem);
  if (!images.length) report("error", root, "there is not one readable image");
  problems.sort(
    (a, b) =>
      a.severity.localeCompare(b.severity) ||
      a.file.localeCompare(b.file) ||
      (a.line ?? 0) - (b.line ?? 0),
  );
  return { images, classNames: classNames ?? namesFromLabels(images), problems };
}

/** The images of a split with their labels; what is wrong with the names of either is reported. */
function listFound(root: string, folders: SplitFolders, report: Report): FoundImage[] {
  const files = listSplit(root, folders, report);
  for (const path of files.unread)
    report(
      "warning",
      path,
      `${extname(path)} files are not read, so it was left out: convert it to PNG`,
    );
  const { matches, orphans } = matchLabels(files);
  for (const path of orphans)
    report(
      "warning",
      path,
      "there is no image of this name, so it was left out: add the image or remove the label file",
    );
  for (const { path, message } of nameClashes(files)) report("warning", path, message);
  const wantsLabel = files.labels !== null;
  return files.images.map((path) => ({
    split: folders.split,
    path,
    label: matches.get(path),
    wantsLabel,
  }));
}

async function readImage(
  root: string,
  { split, path, label, wantsLabel }: FoundImage,
  { patientPattern = DEFAULT_PATIENT }: ReadOptions,
  classCount: number | null,
): Promise<{ record: ImageRecord | null; hash: string | null; problems: Problem[] }> {
  const id = pathBelow(root, path);
  const stem = basename(path, extname(path));
  const problems: Problem[] = [];
  const report = (severity: Problem["severity"], message: string) =>
    problems.push({ severity, file: id, message });
  let size: { width: number; height: number };
  let hash: string;
  try {
    const bytes = await readBytes(path, MOST_IMAGE_BYTES);
    hash = createHash("sha256").update(bytes).digest("hex");
    size = await decodeTelling(bytes, (message) => report("warning", message));
  } catch (error) {
    report("error", `the image cannot be read (${reasonOf(error)}): replace or remove it`);
    return { record: null, hash: null, problems };
  }
  const read = label ? await readLabels(root, label, { ...size, classCount }) : null;
  if (read) for (const problem of read.problems) problems.push(problem);
  else if (wantsLabel)
    report(
      "warning",
      "it has no label file and counts as an image without boxes: add an empty one if that is meant",
    );
  // A pattern of one's own with the flag g or y remembers where it stopped in the name before: a
  // copy does not.
  const match = new RegExp(patientPattern).exec(stem);
  if (!match) report("error", `its name does not match the patient pattern ${patientPattern}`);
  const patient = match ? (match[1] ?? match[0]) : stem;
  const { width, height } = size;
  const labelPath = label?.label ?? null;
  const annotations = read?.annotations ?? [];
  return {
    record: { id, path, labelPath, split, patient, width, height, annotations },
    hash,
    problems,
  };
}

/**
 * The size of an image that was decoded to its end, and a remark on what decoding cannot show.
 * Throws as `decodeImage` does.
 */
async function decodeTelling(
  bytes: Buffer,
  remark: (message: string) => void,
): Promise<{ width: number; height: number }> {
  const image = await decodeImage(bytes, "warning").catch(async (error) => {
    const readable = await decodeImage(bytes);
    remark(
      `the image can be read, but its decoder has doubts (${reasonOf(error)}): look at it, and replace it if it is damaged`,
    );
    return readable;
  });
  if (image.frames > 1)
    remark(
      `it has ${image.frames} frames or pages, and only the first is read: make each an image of its own`,
    );
  return image;
}

/**
 * The boxes of a label file; one that cannot be read is an error, and never an image without
 * boxes.
 */
async function readLabels(
  root: string,
  { label, byCase }: Match,
  context: { width: number; height: number; classCount: number | null },
): Promise<{ annotations: Annotation[]; problems: Problem[] }> {
  const file = pathBelow(root, label);
  try {
    const parsed = parseLabels(await readText(label, MOST_LABEL_BYTES), { ...context, file });
    if (!byCase) return parsed;
    const message =
      "its name differs from the image's in case, which is another name on Linux: rename it";
    return { ...parsed, problems: [...parsed.problems, { severity: "warning", file, message }] };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `the labels cannot be read (${error.message}): write them anew, or remove the file`;
    const line = error.line === undefined ? {} : { line: error.line };
    return { annotations: [], problems: [{ severity: "error", file, message, ...line }] };
  }
}

function reasonOf(error: unknown): string {
  return (error as Error).message.split("\n")[0];
}

/**
 * Slices of one patient look alike: a patient on both sides of a split makes every figure too
 * good.
 */
function sharedAcrossSplits(images: readonly ImageRecord[]): Problem[] {
  const splitsOf = new Map<string, Map<string, string>>();
  for (const { patient, split, id } of images) {
    if (!splitsOf.has(patient)) splitsOf.set(patient, new Map());
    splitsOf.get(patient)!.set(split, id);
  }
  return Array.from(splitsOf)
    .filter(([, splits]) => splits.size > 1)
    .map(([patient, splits]) => ({
      severity: "error" as const,
      file: Array.from(splits.values())[0],
      message: `patient ${patient} is in the splits ${Array.from(splits.keys()).join(" and ")}: keep all of a patient's images in one`,
    }));
}

function copies(hashes: ReadonlyMap<string, readonly ImageRecord[]>): Problem[] {
  return Array.from(hashes.values())
    .filter((same) => same.length > 1)
    .map((same) => {
      const [first, ...others] = [...same].sort((a, b) => a.id.localeCompare(b.id));
      const across = same.some(({ split }) => split !== first.split);
      return {
        severity: across ? ("error" as const) : ("warning" as const),
        file: first.id,
        message: `the same image as ${others.map(({ id }) => id).join(", ")}${across ? ", in another split" : ""}: keep one of them`,
      };
    });
}

function namesFromLabels(images: readonly ImageRecord[]): string[] {
  // Not spread into Math.max: a large set has more boxes than a call takes arguments.
  const highest = images
    .flatMap(({ annotations }) => annotations)
    .reduce((most, { classId }) => Math.max(most, classId), 0);
  return Array.from({ length: highest + 1 }, (_, classId) => `class ${classId}`);
}

/**
 * Results in the order of the items; as many at once as there are processors, since decoding runs
 * outside JavaScript.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
