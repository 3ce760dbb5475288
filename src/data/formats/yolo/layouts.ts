/**
 * Where a YOLO data set keeps its images and labels: in the folders or lists that its data.yaml or
 * obj.data names, in `images/train` and `labels/train`, in `train/images` and `train/labels`, in
 * `images` and `labels` without splits, or side by side in one folder.
 */
import { readdirSync, readFileSync, statSync } from "fs";
import { basename, join, relative, resolve, sep } from "path";
import { fault, formatProblem, type Problem } from "../../checks";
import { foldersIn, isFolder, isWithin, pathBelow, realPath, type Report } from "../../folders";
import { imagesIn } from "../../image-files";
import { isThere, readText, UnreadableFile } from "../../read-file";
import { isSplitName } from "../../splits";
import { numberOf } from "../shared/described-set";
import { readClassFiles } from "./class-files";
import { darknetPath, readDarknet, splitLists } from "./darknet";
import { type DataYaml, MAX_YAML_BYTES, NO_NAMES, parseDataYaml } from "./data-yaml";
import { describedSplits, type SplitReports } from "./described-splits";
import { locate } from "./locate";
import { NamesOnDisk } from "./names-on-disk";
import { hasLabelledImages, type SplitFolders, withLabelsBeside } from "./split-folders";

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
  const reportsOf = (path: string): SplitReports => ({
    error: (message) => report("error", path, message),
    missing: (message) =>
      missing.push(
        fault("split", { file: pathBelow(root, path), kind: "missing splits", message }),
      ),
    add,
  });
  const fromFile =
    file !== null && described ? await describedSplits(root, described, reportsOf(file)) : [];
  const found = fromFile.length
    ? fromFile
    : await splitsInFoldersOrLists(root, report, described?.places.length ? null : reportsOf(root));
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
      : (locate(darknet.names, {
          top: resolve(root),
          bases: [root],
          names: new NamesOnDisk(resolve(root)),
        })?.path ?? null);
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

/**
 * The splits of a data set in which no file names folders: those of its folders, or, if all images
 * are in one folder, those of the lists beside it.
 * @param reports receives what is wrong with the lists; null if lists do not count
 */
async function splitsInFoldersOrLists(
  root: string,
  report: Report,
  reports: SplitReports | null,
): Promise<SplitFolders[]> {
  const folders = splitsInFolders(root, report);
  const isDivided = folders.some(({ images }) =>
    relative(root, images).split(sep).some(isSplitName),
  );
  if (isDivided || !folders.length || !reports) return folders;
  const places = await splitLists(root, report);
  // A list may have the names of the images without their folder.
  const path = pathBelow(root, folders[0].images);
  const listed = await describedSplits(root, { path, places }, reports);
  if (!listed.length) return folders;
  const named = new Set(listed.flatMap(({ list }) => list?.images ?? []));
  const others = folders.flatMap(({ images }) =>
    imagesIn(images, () => {}).filter((path) => !named.has(path)),
  );
  if (others.length)
    report(
      "warning",
      root,
      `images that are in none of the lists ${places.map(({ place }) => place).join(", ")} were left out: ${numberOf(others.map((path) => pathBelow(root, path)))}`,
    );
  return listed;
}

/** The splits of a data set without a data.yaml, from the names of its folders. */
export function splitsInFolders(root: string, report: Report): SplitFolders[] {
  const splits = splitsInImages(root, report) ?? splitsWithImages(root, report);
  const found = splits.length ? splits : splitsOfMixedFolders(root);
  return found.map((folders) => withLabelsBeside(root, folders));
}

/**
 * `images/train` and `labels/train`. Images directly below `images`, or in folders that are not
 * named like splits (they may be those of patients), are the split `train`.
 */
function splitsInImages(root: string, report: Report): SplitFolders[] | null {
  const images = imagesFolder(root);
  if (images === null) return null;
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
  return foldersIn(root, report).flatMap((split) => {
    const images = imagesFolder(join(root, split));
    return images === null ? [] : [{ split, images, labels: join(root, split, "labels") }];
  });
}

/**
 * The folder `images` in a folder; null if there is none. A name such as `Images` counts only beside
 * a folder of labels: data sets of other formats have it too.
 */
function imagesFolder(folder: string): string | null {
  const images = join(folder, "images");
  if (isFolder(images)) return images;
  const names = new NamesOnDisk(folder);
  const [found, labels] = [images, join(folder, "labels")].map((path) => names.find(path));
  return found !== null && isFolder(found) && labels !== null && isFolder(labels) ? found : null;
}

/** Folders with images and label files side by side: `train`, or the data set's own folder. */
function splitsOfMixedFolders(root: string): SplitFolders[] {
  const named = foldersIn(root, () => {})
    .filter((split) => isSplitName(split) && hasLabelledImages(join(root, split)))
    .map((split) => ({ split, images: join(root, split), labels: join(root, split) }));
  if (named.length) return named;
  return hasLabelledImages(root) ? [{ split: ONLY_SPLIT, images: root, labels: root }] : [];
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
