/**
 * Where a YOLO-format data set keeps its images and labels: the three usual layouts, and one
 * folder without splits.
 */
import { extname, join, relative, resolve, sep } from "path";
import { formatProblem, shortened, type Problem } from "../../checks";
import { DataYaml, MOST_YAML_BYTES, parseDataYaml } from "./data-yaml";
import { Report, filesIn, foldersIn, isFolder, isWithin, realPath } from "../../folders";
import { UnreadableFile, isThere, readText } from "../../read-file";

const IMAGE_ENDINGS = new Set([".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"]);
/** Kinds of image that people bring and that are not read. */
const OTHER_IMAGE_ENDINGS = new Set([
  ".dcm",
  ".dicom",
  ".nii",
  ".mha",
  ".nrrd",
  ".bmp",
  ".gif",
  ".jp2",
  ".heic",
  ".avif",
]);
/** Splits that are kept apart from training; the names of others count as training. */
const APART = ["val", "valid", "validation", "test"];

/** The folders of one split. */
export interface SplitFolders {
  readonly split: string;
  readonly images: string;
  readonly labels: string;
}

export interface Layout {
  readonly splits: readonly SplitFolders[];
  /** From data.yaml; null where there is none. */
  readonly classNames: readonly string[] | null;
  readonly problems: readonly Problem[];
}

/** Finds a data set's layout. Throws, saying what was looked for, when the folder holds none. */
export async function findLayout(root: string): Promise<Layout> {
  if (!isFolder(root)) throw new Error(`${root}: there is no such folder`);
  const problems: Problem[] = [];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  const yamlFile = ["data.yaml", "data.yml", "dataset.yaml"].find((name) =>
    isThere(join(root, name)),
  );
  const described = yamlFile ? await readYaml(join(root, yamlFile), problems) : null;
  const named = described
    ? namedSplits(root, described, (message) => report("error", join(root, yamlFile!), message))
    : [];
  const found = named.length
    ? named
    : (splitsInImages(root, report) ?? splitsWithImages(root, report));
  const splits = withoutOverlap(root, found, report);
  if (!splits.length) {
    throw new Error(
      `${root}: no images were found. A data set has images/train beside labels/train, or train/images beside train/labels, ` +
        `or a data.yaml that says where its splits are, or the folders images and labels` +
        problems.map((problem) => `\n${formatProblem(problem)}`).join(""),
    );
  }
  for (const { split, images } of splits) {
    if (/^(test|val|eval|hold)/i.test(split) && !APART.includes(split))
      report(
        "warning",
        images,
        `'${split}' counts as training: call it val or test to keep it apart`,
      );
  }
  return { splits, classNames: described?.classNames ?? null, problems };
}

/** A path as problems name it: below the set's folder, with slashes. */
export function pathBelow(root: string, path: string): string {
  return relative(resolve(root), resolve(path)).split(sep).join("/") || ".";
}

/** `images/train` and `labels/train`; images right below `images` are the split `train`. */
function splitsInImages(root: string, report: Report): SplitFolders[] | null {
  const images = join(root, "images");
  if (!isFolder(images)) return null;
  const names = foldersIn(images, report);
  if (!names.length) return [{ split: "train", images, labels: join(root, "labels") }];
  const loose = imagesIn(images, () => {}).filter((path) => !relative(images, path).includes(sep));
  if (loose.length)
    report(
      "warning",
      images,
      `${loose.length} images lie beside the folders of splits and were left out: move them into one`,
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

async function readYaml(path: string, problems: Problem[]): Promise<DataYaml | null> {
  const file = path.split(sep).pop()!;
  try {
    const described = parseDataYaml(await readText(path, MOST_YAML_BYTES));
    problems.push(...described.problems.map((problem) => ({ ...problem, file })));
    return described;
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
 * The folders that a data.yaml names. Those that are missing or outside the set are reported, and
 * never read.
 */
function namedSplits(
  root: string,
  { path, places }: DataYaml,
  report: (message: string) => void,
): SplitFolders[] {
  const own = resolve(root);
  const base = resolve(own, path ?? ".");
  // A set that was moved keeps the path of where it was made.
  const home = isFolder(base) ? base : own;
  return places.flatMap(({ split, place }) => {
    const candidates = [resolve(home, place), resolve(own, place.replace(/^(\.\.\/)+/, ""))];
    const images = candidates.find(isFolder);
    const named = shortened(place);
    if (images && isWithin(own, images))
      return [{ split, images, labels: labelsBeside(own, images) }];
    if (images) {
      const below = path === null ? "" : ` (below the 'path' ${shortened(path)})`;
      report(
        `the folder of '${split}', ${named}${below}, lies outside the set and is not read: move it below the set's folder, or open the folder that holds both`,
      );
    } else if (candidates.some(isThere))
      report(`'${split}', ${named}, is a file, and lists of images are not read: name a folder`);
    else report(`the folder of '${split}', ${named}, does not exist: correct its path`);
    return [];
  });
}

/** Leaves out a folder that another split has too: its images would be trained on and judged. */
function withoutOverlap(
  root: string,
  splits: readonly SplitFolders[],
  report: Report,
): SplitFolders[] {
  const kept: SplitFolders[] = [];
  for (const folders of splits) {
    const real = realPath(folders.images);
    const other = kept.find(
      ({ images }) => isWithin(realPath(images), real) || isWithin(real, realPath(images)),
    );
    if (!other) kept.push(folders);
    else {
      const both = `'${folders.split}' and '${other.split}' (${pathBelow(root, other.images)})`;
      report(
        "error",
        folders.images,
        `the folder is in ${both}: give each split a folder of its own`,
      );
    }
  }
  return kept;
}

/**
 * The labels' folder of an images' folder: the last `images` on its path below the set becomes
 * `labels`.
 */
function labelsBeside(root: string, images: string): string {
  const parts = relative(root, images).split(sep);
  const index = parts.lastIndexOf("images");
  if (index < 0) return images;
  parts[index] = "labels";
  return join(root, ...parts);
}

/** Paths of the images below a folder, sorted. `report` as in `filesIn`. */
export function imagesIn(folder: string, report?: Report): string[] {
  return filesIn(folder, report).filter(isImage);
}

/**
 * Paths of the images below a folder that are of a kind which is not read, sorted: a data set that
 * leaves some out has to say so.
 */
export function unreadKindsIn(folder: string): string[] {
  return filesIn(folder).filter(isUnreadKind);
}

/** Whether a file has the ending of an image that is read. */
export function isImage(path: string): boolean {
  return IMAGE_ENDINGS.has(extname(path).toLowerCase());
}

/** Whether a file has the ending of an image that is not read. */
export function isUnreadKind(path: string): boolean {
  return OTHER_IMAGE_ENDINGS.has(extname(path.replace(/\.gz$/i, "")).toLowerCase());
}
