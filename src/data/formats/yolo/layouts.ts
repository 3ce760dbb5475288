/**
 * Where a YOLO data set keeps its images and labels: in the folders or lists that its data.yaml or
 * obj.data names, in `images/train` and `labels/train`, in `train/images` and `train/labels`, in
 * `images` and `labels` without splits, or side by side in one folder.
 */
import { readdirSync, readFileSync, statSync } from "fs";
import { basename, extname, join, relative, resolve, sep } from "path";
import { fault, formatProblem, type Problem, shortened } from "../../checks";
import {
  filesIn,
  foldersIn,
  isFolder,
  isWithin,
  pathBelow,
  realPath,
  type Report,
} from "../../folders";
import { imagesIn, isImage } from "../../image-files";
import { isThere, readText, UnreadableFile } from "../../read-file";
import { isSplitName } from "../../splits";
import { readClassFiles } from "./class-files";
import { darknetPath, readDarknet } from "./darknet";
import { type DataYaml, MAX_YAML_BYTES, NO_NAMES, parseDataYaml } from "./data-yaml";
import { readImageList } from "./image-list";
import { locate, type Places } from "./locate";

/** The files that a YOLO data set has, for messages. */
export const EXPECTED_FILES =
  "images/train beside labels/train, or train/images beside train/labels, " +
  "or a data.yaml that says where its splits are, or the folders images and labels";

/** Names that a data.yaml may have; the first one that exists is read. */
const YAML_NAMES = ["data.yaml", "data.yml", "dataset.yaml", "dataset.yml"];
/** A YAML file of another name describes a data set if it has these keys. */
const YAML_KEYS = [/^["']?names["']?\s*:/m, /^["']?(train|val|nc|path)["']?\s*:/m];

/** The split of images that are in no folder of a split. */
const ONLY_SPLIT = "train";

/** The folders of one split. */
export interface SplitFolders {
  readonly split: string;
  /** Absolute path of the folder of images. */
  readonly images: string;
  /** Absolute path of the folder of label files, which may not exist. */
  readonly labels: string;
  /** The images, if a list names them: `images` and `labels` are the data set's folder then. */
  readonly list?: { readonly path: string; readonly images: readonly string[] };
}

/** Where the images and labels of a data set are, and the names of its classes. */
export interface Layout {
  readonly splits: readonly SplitFolders[];
  /** From data.yaml or a list of classes; null if there is neither. */
  readonly classNames: readonly string[] | null;
  /** Whether labels have keypoints after their boxes. */
  readonly hasKeypoints: boolean;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** Absolute path of the YAML file that describes a data set; null if it has none. */
export function dataYamlPath(root: string): string | null {
  const name = YAML_NAMES.find((candidate) => isThere(join(root, candidate)));
  if (name !== undefined) return join(root, name);
  const others = readdirSync(root)
    .filter((file) => /^[^.].*\.ya?ml$/i.test(file))
    .map((file) => join(root, file))
    .filter(describesDataset);
  return others.length === 1 ? others[0] : null;
}

/** Whether a YAML file has the keys of a data.yaml. */
function describesDataset(path: string): boolean {
  if (isFolder(path) || statSync(path).size > MAX_YAML_BYTES) return false;
  try {
    const text = readFileSync(path, "utf8");
    return YAML_KEYS.every((key) => key.test(text));
  } catch {
    return false;
  }
}

/**
 * Finds the folders of a data set's images and labels.
 * @throws when there are none; the message says what was looked for
 */
export async function findLayout(root: string): Promise<Layout> {
  const problems: Problem[] = [];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  const add = (problem: Problem) => problems.push(problem);
  const yamlPath = dataYamlPath(root);
  const yaml = yamlPath === null ? null : await readYaml(yamlPath, problems);
  const darknetFile = yamlPath === null ? darknetPath(root) : null;
  const darknet = darknetFile === null ? null : await readDarknet(darknetFile, add);
  const described = yaml ?? (darknet && { path: null, places: darknet.places });
  const file = yamlPath ?? darknetFile;
  const missing: Problem[] = [];
  const fromFile =
    file !== null && described
      ? await describedSplits(root, described, {
          error: (message) => report("error", file, message),
          missing: (message) =>
            missing.push(
              fault("split", { file: pathBelow(root, file), kind: "missing splits", message }),
            ),
          add,
        })
      : [];
  const found = fromFile.length ? fromFile : splitsInFolders(root, report);
  const splits = withoutOverlap(root, found, report);
  for (const problem of missing) problems.push(problem);
  if (!splits.length) {
    const download = yaml?.hasDownload
      ? ` ${pathBelow(root, file!)} says where the images can be downloaded: this program downloads no data sets, so do it yourself and open the folder that has the images.`
      : "";
    throw new Error(
      `${root}: no images were found. A data set has ${EXPECTED_FILES}.${download}` +
        problems.map((problem) => `\n${formatProblem({ ...problem, severity: "error" })}`).join(""),
    );
  }
  const named =
    darknet?.names == null
      ? null
      : (locate(darknet.names, { top: resolve(root), bases: [root] })?.path ?? null);
  const classFile = yaml?.classNames ? null : await readClassFiles(root, add, named);
  // The warning that data.yaml has no names is not true if another file has them.
  const shown = classFile
    ? problems.filter(({ message }) => !message.startsWith(NO_NAMES))
    : problems;
  return {
    splits,
    classNames: classFile?.classNames ?? yaml?.classNames ?? null,
    hasKeypoints: yaml?.hasKeypoints ?? false,
    problems: shown,
    notes: classFile ? [`The class names are those of ${classFile.file}.`] : [],
  };
}

/** The splits of a data set without a data.yaml, from the names of its folders. */
export function splitsInFolders(root: string, report: Report): SplitFolders[] {
  const splits = splitsInImages(root, report) ?? splitsWithImages(root, report);
  const found = splits.length ? splits : splitsOfMixedFolders(root);
  return found.map(withLabelsBeside);
}

/**
 * `images/train` and `labels/train`. Images directly below `images`, or in folders that are not
 * named like splits (they may be those of patients), are the split `train`.
 */
function splitsInImages(root: string, report: Report): SplitFolders[] | null {
  const images = join(root, "images");
  if (!isFolder(images)) return null;
  const names = foldersIn(images, report);
  if (!names.some(isSplitName))
    return [{ split: ONLY_SPLIT, images, labels: join(root, "labels") }];
  const loose = imagesIn(images, () => {}).filter((path) => !relative(images, path).includes(sep));
  if (loose.length)
    report(
      "warning",
      images,
      `${loose.length} images are beside the folders of the splits and were left out: move them into one of them`,
    );
  return names.map((split) => ({
    split,
    images: join(images, split),
    labels: join(root, "labels", split),
  }));
}

/** `train/images` and `train/labels`. */
function splitsWithImages(root: string, report: Report): SplitFolders[] {
  return foldersIn(root, report)
    .filter((split) => isFolder(join(root, split, "images")))
    .map((split) => ({
      split,
      images: join(root, split, "images"),
      labels: join(root, split, "labels"),
    }));
}

/** Folders with images and label files side by side: `train`, or the data set's own folder. */
function splitsOfMixedFolders(root: string): SplitFolders[] {
  const named = foldersIn(root, () => {})
    .filter((split) => isSplitName(split) && hasLabelledImages(join(root, split)))
    .map((split) => ({ split, images: join(root, split), labels: join(root, split) }));
  if (named.length) return named;
  return hasLabelledImages(root) ? [{ split: ONLY_SPLIT, images: root, labels: root }] : [];
}

/** If the folder of labels does not exist, the label files may be beside the images. */
function withLabelsBeside(folders: SplitFolders): SplitFolders {
  return !isFolder(folders.labels) && hasLabelledImages(folders.images)
    ? { ...folders, labels: folders.images }
    : folders;
}

/** Whether a folder has an image with a label file beside it. */
function hasLabelledImages(folder: string): boolean {
  const files = filesIn(folder, () => {});
  const texts = new Set(files.filter((path) => extname(path).toLowerCase() === ".txt"));
  return files.some(
    (path) => isImage(path) && texts.has(`${path.slice(0, -extname(path).length)}.txt`),
  );
}

/** Reads a data.yaml; null if that is not possible, which becomes a problem. */
async function readYaml(path: string, problems: Problem[]): Promise<DataYaml | null> {
  const file = basename(path);
  try {
    const yaml = parseDataYaml(await readText(path, MAX_YAML_BYTES));
    problems.push(...yaml.problems.map((problem) => ({ ...problem, file })));
    return yaml;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `it cannot be read (${error.message}): correct or remove it`;
    problems.push({
      severity: "error",
      file,
      message,
      ...(error.line === undefined ? {} : { line: error.line }),
    });
    return null;
  }
}

/** Receives what is wrong with the splits that a file names. */
interface SplitReports {
  /** A split that must not be left out. */
  readonly error: (message: string) => void;
  /** A split that is not there. */
  readonly missing: (message: string) => void;
  readonly add: (problem: Problem) => void;
}

/**
 * The splits that a file names: folders, or lists of images. Those that are missing or outside the
 * data set are reported and not read.
 */
async function describedSplits(
  root: string,
  { path, places }: Pick<DataYaml, "path" | "places">,
  reports: SplitReports,
): Promise<SplitFolders[]> {
  const top = resolve(root);
  const base = resolve(top, path ?? ".");
  // A data set that was moved still has the path of the place where it was made.
  const home = isFolder(base) ? base : top;
  const bases = [home, top];
  const splits: SplitFolders[] = [];
  for (const { split, place } of places) {
    const shownPlace = shortened(place);
    const folder = locate(place, { top, bases, isWanted: isFolder });
    const file = folder ? null : locate(place, { top, bases, isWanted: isThere });
    if (folder) splits.push(withLabelsBeside(foldersOf(top, split, folder.path)));
    else if (file) {
      const list = await readList(file.path, { top, bases }, reports);
      if (list.length)
        splits.push({ split, images: top, labels: top, list: { path: file.path, images: list } });
      else reports.missing(`no image of '${split}', ${shownPlace}, is there: correct the list`);
    } else if (bases.some((start) => isThere(resolve(start, place)))) {
      const below = path === null ? "" : ` (below the 'path' ${shortened(path)})`;
      reports.error(
        `the folder of '${split}', ${shownPlace}${below}, is outside the data set and is not read: move it into the data set's folder, or open the folder that contains both`,
      );
    } else
      reports.missing(
        `the folder of '${split}', ${shownPlace}, does not exist: correct its path, or remove it`,
      );
  }
  return splits;
}

/** The images of a list; none if it cannot be read, which is reported. */
async function readList(path: string, places: Places, reports: SplitReports): Promise<string[]> {
  const name = pathBelow(places.top, path);
  try {
    const { images, problems } = await readImageList(path, name, places);
    for (const problem of problems) reports.add(problem);
    return [...images];
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `the list of images cannot be read (${error.message}): correct or remove it`;
    reports.add({ severity: "error", file: name, message });
    return [];
  }
}

/**
 * The folders of a split that a file names. If the folder has the folders `images` and `labels`,
 * they are meant.
 */
function foldersOf(top: string, split: string, folder: string): SplitFolders {
  const inside = join(folder, "images");
  const images =
    !relative(top, folder).split(sep).includes("images") &&
    isFolder(inside) &&
    isFolder(join(folder, "labels"))
      ? inside
      : folder;
  return { split, images, labels: labelsBeside(top, images) };
}

/**
 * Leaves out a split whose folder is part of another split: its images would be trained on and
 * evaluated.
 */
function withoutOverlap(
  root: string,
  splits: readonly SplitFolders[],
  report: Report,
): SplitFolders[] {
  const separate: SplitFolders[] = [];
  for (const folders of splits) {
    // Images that are in two lists are the same images in two splits, which is reported later.
    if (folders.list) {
      separate.push(folders);
      continue;
    }
    const real = realPath(folders.images);
    const other = separate.find(
      ({ images, list }) =>
        !list && (isWithin(realPath(images), real) || isWithin(real, realPath(images))),
    );
    if (!other) separate.push(folders);
    else {
      const both = `'${folders.split}' and '${other.split}' (${pathBelow(root, other.images)})`;
      report(
        "error",
        folders.images,
        `the folder is in ${both}: give each split a folder of its own`,
      );
    }
  }
  return separate;
}

/**
 * The folder of labels that belongs to a folder of images: the last `images` in its path below the
 * data set's folder becomes `labels`.
 */
export function labelsBeside(root: string, images: string): string {
  const parts = relative(root, images).split(sep);
  const index = parts.lastIndexOf("images");
  if (index < 0) return images;
  parts[index] = "labels";
  return join(root, ...parts);
}
