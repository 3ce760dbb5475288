/**
 * Where a YOLO data set keeps its images and labels: in the folders that its data.yaml names, in
 * `images/train` and `labels/train`, in `train/images` and `train/labels`, or in `images` and
 * `labels` without splits.
 */
import { basename, join, relative, resolve, sep } from "path";
import { formatProblem, shortened, type Problem } from "../../checks";
import { type Report, foldersIn, isFolder, isWithin, pathBelow, realPath } from "../../folders";
import { imagesIn } from "../../image-files";
import { UnreadableFile, isThere, readText } from "../../read-file";
import { type DataYaml, MAX_YAML_BYTES, parseDataYaml } from "./data-yaml";

/** The files that a YOLO data set has, for messages. */
export const EXPECTED_FILES =
  "images/train beside labels/train, or train/images beside train/labels, " +
  "or a data.yaml that says where its splits are, or the folders images and labels";

/** Names that a data.yaml may have; the first one that exists is read. */
const YAML_NAMES = ["data.yaml", "data.yml", "dataset.yaml"];

/** The split of images that are in no folder of a split. */
const ONLY_SPLIT = "train";

/** The folders of one split. */
export interface SplitFolders {
  readonly split: string;
  /** Absolute path of the folder of images. */
  readonly images: string;
  /** Absolute path of the folder of label files, which may not exist. */
  readonly labels: string;
}

/** Where the images and labels of a data set are, and the names of its classes. */
export interface Layout {
  readonly splits: readonly SplitFolders[];
  /** From data.yaml; null if it does not name them or does not exist. */
  readonly classNames: readonly string[] | null;
  readonly problems: readonly Problem[];
}

/** Absolute path of a data set's data.yaml; null if it has none. */
export function dataYamlPath(root: string): string | null {
  const name = YAML_NAMES.find((candidate) => isThere(join(root, candidate)));
  return name === undefined ? null : join(root, name);
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
  const yamlPath = dataYamlPath(root);
  const yaml = yamlPath === null ? null : await readYaml(yamlPath, problems);
  const fromYaml =
    yamlPath !== null && yaml
      ? splitsInYaml(root, yaml, (message) => report("error", yamlPath, message))
      : [];
  const found = fromYaml.length ? fromYaml : splitsInFolders(root, report);
  const splits = withoutOverlap(root, found, report);
  if (!splits.length) {
    throw new Error(
      `${root}: no images were found. A data set has ${EXPECTED_FILES}` +
        problems.map((problem) => `\n${formatProblem(problem)}`).join(""),
    );
  }
  return { splits, classNames: yaml?.classNames ?? null, problems };
}

/** The splits of a data set without a data.yaml, from the names of its folders. */
export function splitsInFolders(root: string, report: Report): SplitFolders[] {
  return splitsInImages(root, report) ?? splitsWithImages(root, report);
}

/** `images/train` and `labels/train`; images directly below `images` are the split `train`. */
function splitsInImages(root: string, report: Report): SplitFolders[] | null {
  const images = join(root, "images");
  if (!isFolder(images)) return null;
  const names = foldersIn(images, report);
  if (!names.length) return [{ split: ONLY_SPLIT, images, labels: join(root, "labels") }];
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
 * The folders that a data.yaml names. Folders that are missing or outside the data set are reported
 * and not read.
 */
function splitsInYaml(
  root: string,
  { path, places }: DataYaml,
  report: (message: string) => void,
): SplitFolders[] {
  const top = resolve(root);
  const base = resolve(top, path ?? ".");
  // A data set that was moved still has the path of the place where it was made.
  const home = isFolder(base) ? base : top;
  return places.flatMap(({ split, place }) => {
    const candidates = [resolve(home, place), resolve(top, place.replace(/^(\.\.\/)+/, ""))];
    const images = candidates.find(isFolder);
    const shownPlace = shortened(place);
    if (images && isWithin(top, images))
      return [{ split, images, labels: labelsBeside(top, images) }];
    if (images) {
      const below = path === null ? "" : ` (below the 'path' ${shortened(path)})`;
      report(
        `the folder of '${split}', ${shownPlace}${below}, is outside the data set and is not read: move it into the data set's folder, or open the folder that contains both`,
      );
    } else if (candidates.some(isThere))
      report(
        `'${split}', ${shownPlace}, is a file, and lists of images are not read: name a folder`,
      );
    else report(`the folder of '${split}', ${shownPlace}, does not exist: correct its path`);
    return [];
  });
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
    const real = realPath(folders.images);
    const other = separate.find(
      ({ images }) => isWithin(realPath(images), real) || isWithin(real, realPath(images)),
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
function labelsBeside(root: string, images: string): string {
  const parts = relative(root, images).split(sep);
  const index = parts.lastIndexOf("images");
  if (index < 0) return images;
  parts[index] = "labels";
  return join(root, ...parts);
}
