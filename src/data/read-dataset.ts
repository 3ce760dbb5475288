/** Reads a data set from its folder and checks all of it before anything is trained: every file is opened once. */
import { createHash } from "crypto";
import { existsSync } from "fs";
import { readFile } from "fs/promises";
import { availableParallelism } from "os";
import { basename, extname, join, relative, resolve, sep } from "path";
import type { ImageRecord } from "../types";
import type { Problem } from "./checks";
import { decodeImage } from "./image";
import { Layout, SplitFolders, findLayout, imagesIn, labelsIn, unreadKindsIn } from "./layouts";
import { parseLabels } from "./yolo";

export interface ReadOptions {
  /** Its first group, or else its whole match, in the file name without ending is the patient. The part before the first `_` by default. */
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

interface FoundImage {
  readonly folders: SplitFolders;
  readonly path: string;
}

/** Reads and checks the data set at `root`. Throws only when there is none. */
export async function readDataset(root: string, options: ReadOptions = {}): Promise<ReadResult> {
  const layout = findLayout(root);
  const classNames = options.classNames ?? layout.classNames;
  const found = layout.splits.flatMap((folders) => imagesIn(folders.images).map((path) => ({ folders, path })));
  const problems: Problem[] = [...layout.problems, ...unreadKinds(root, layout)];
  const hashes = new Map<string, ImageRecord[]>();
  const records = await inParallel(found, async (image) => {
    const { record, hash, problems: own } = await readImage(resolve(root), image, options, classNames?.length ?? null);
    problems.push(...own);
    if (record && hash) hashes.set(hash, [...(hashes.get(hash) ?? []), record]);
    return record;
  });
  const images = records.filter((record): record is ImageRecord => record !== null);
  problems.push(...orphans(root, layout, found), ...sharedAcrossSplits(images), ...copies(hashes));
  if (!images.length) problems.push({ severity: "error", file: ".", message: "there is not one readable image" });
  problems.sort(
    (a, b) => a.severity.localeCompare(b.severity) || a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
  return { images, classNames: classNames ?? namesFromLabels(images), problems };
}

async function readImage(
  root: string,
  { folders, path }: FoundImage,
  { patientPattern = DEFAULT_PATIENT }: ReadOptions,
  classCount: number | null,
): Promise<{ record: ImageRecord | null; hash: string | null; problems: Problem[] }> {
  const id = relative(root, path).split(sep).join("/");
  const stem = basename(path, extname(path));
  const problems: Problem[] = [];
  let size: { width: number; height: number };
  let hash: string;
  try {
    const bytes = await readFile(path);
    hash = createHash("sha256").update(bytes).digest("hex");
    size = await decodeImage(bytes);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    const message = `the image cannot be read (${reason}): replace or remove it`;
    return { record: null, hash: null, problems: [{ severity: "error", file: id, message }] };
  }
  const labelFile = labelPathOf(folders, path);
  const labelPath = existsSync(labelFile) ? labelFile : null;
  let annotations: ImageRecord["annotations"] = [];
  if (labelPath) {
    const file = relative(root, labelPath).split(sep).join("/");
    const parsed = parseLabels(await readFile(labelPath, "utf8"), { ...size, classCount, file });
    annotations = parsed.annotations;
    problems.push(...parsed.problems);
  } else {
    const message = "it has no label file and counts as an image without boxes: add an empty one if that is meant";
    problems.push({ severity: "warning", file: id, message });
  }
  // A pattern of one's own with the flag g or y remembers where it stopped in the name before: a copy does not.
  const match = new RegExp(patientPattern).exec(stem);
  if (!match)
    problems.push({
      severity: "error",
      file: id,
      message: `its name does not match the patient pattern ${patientPattern}`,
    });
  const patient = match ? (match[1] ?? match[0]) : stem;
  const { width, height } = size;
  return {
    record: { id, path, labelPath, split: folders.split, patient, width, height, annotations },
    hash,
    problems,
  };
}

function labelPathOf(folders: SplitFolders, image: string): string {
  const within = relative(folders.images, image);
  return join(folders.labels, `${within.slice(0, within.length - extname(within).length)}.txt`);
}

function unreadKinds(root: string, layout: Layout): Problem[] {
  return layout.splits
    .flatMap(({ images }) => unreadKindsIn(images))
    .map((path) => ({
      severity: "warning" as const,
      file: relative(root, path).split(sep).join("/"),
      message: `${extname(path)} files are not read, so it was left out: convert it to PNG`,
    }));
}

function orphans(root: string, layout: Layout, found: readonly FoundImage[]): Problem[] {
  const expected = new Set(found.map(({ folders, path }) => labelPathOf(folders, path)));
  return layout.splits
    .flatMap(({ labels }) => labelsIn(labels))
    .filter((label) => !expected.has(label))
    .map((label) => ({
      severity: "error" as const,
      file: relative(root, label).split(sep).join("/"),
      message: "there is no image of this name: add it or remove the label file",
    }));
}

/** Slices of one patient look alike: a patient on both sides of a split makes every figure too good. */
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
  const highest = Math.max(0, ...images.flatMap(({ annotations }) => annotations.map(({ classId }) => classId)));
  return Array.from({ length: highest + 1 }, (_, classId) => `class ${classId}`);
}

/** Results in the order of the items; as many at once as there are processors, since decoding runs outside JavaScript. */
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
