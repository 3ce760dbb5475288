/** Where a YOLO-format data set keeps its images and labels: the three usual layouts, and one folder without splits. */
import { existsSync, readFileSync, readdirSync, statSync } from "fs";
import { basename, extname, join, relative, resolve, sep } from "path";
import { parse } from "yaml";
import type { Problem } from "./checks";

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
const LABEL_ENDING = ".txt";

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
export function findLayout(root: string): Layout {
  if (!existsSync(root) || !statSync(root).isDirectory()) throw new Error(`${root}: there is no such folder`);
  const yamlFile = ["data.yaml", "data.yml", "dataset.yaml"].find((name) => existsSync(join(root, name)));
  const described = yamlFile ? readYaml(root, yamlFile) : { splits: [], classNames: null, problems: [] };
  const splits = described.splits.length ? described.splits : (splitsInImages(root) ?? splitsWithImages(root));
  if (!splits.length) {
    throw new Error(
      `${root}: no images were found. A data set has images/train beside labels/train, or train/images beside train/labels, ` +
        `or a data.yaml that says where its splits are, or the folders images and labels`,
    );
  }
  return { ...described, splits };
}

/** `images/train` and `labels/train`; images right below `images` are the split `train`. */
function splitsInImages(root: string): SplitFolders[] | null {
  const images = join(root, "images");
  if (!isFolder(images)) return null;
  const names = foldersIn(images);
  if (!names.length) return [{ split: "train", images, labels: join(root, "labels") }];
  return names.map((split) => ({ split, images: join(images, split), labels: join(root, "labels", split) }));
}

/** `train/images` and `train/labels`. */
function splitsWithImages(root: string): SplitFolders[] {
  return foldersIn(root)
    .filter((split) => isFolder(join(root, split, "images")))
    .map((split) => ({ split, images: join(root, split, "images"), labels: join(root, split, "labels") }));
}

function readYaml(root: string, file: string): Layout {
  const problems: Problem[] = [];
  const report = (message: string) => problems.push({ severity: "error", file, message });
  let content: Record<string, unknown> = {};
  try {
    content = (parse(readFileSync(join(root, file), "utf8")) ?? {}) as Record<string, unknown>;
  } catch (error) {
    report(`it is not YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  const base = resolve(root, typeof content.path === "string" ? content.path : ".");
  // A set that was moved keeps the path of where it was made.
  const home = isFolder(base) ? base : resolve(root);
  const splits: SplitFolders[] = [];
  for (const split of ["train", "val", "valid", "validation", "test"]) {
    // One folder or a list of them; a split that is named without any is left out.
    for (const place of [content[split] ?? []].flat()) {
      if (typeof place !== "string") {
        report(`'${split}' is not a folder's path but ${JSON.stringify(place)}`);
        continue;
      }
      const images = [resolve(home, place), resolve(root, place.replace(/^(\.\.\/)+/, ""))].find(isFolder);
      if (!images) report(`the folder of '${split}', ${place}, does not exist: correct its path`);
      else if (relative(resolve(root), images).startsWith(".."))
        report(`the folder of '${split}', ${place}, lies outside the set`);
      else splits.push({ split, images, labels: labelsBeside(images) });
    }
  }
  const classNames = namesOf(content.names);
  if (content.names !== undefined && !classNames) report("'names' is neither a list nor a numbered map of class names");
  if (classNames && typeof content.nc === "number" && content.nc !== classNames.length) {
    report(`'nc' says ${content.nc} classes, 'names' has ${classNames.length}`);
  }
  return { splits, classNames, problems };
}

/** The labels' folder of an images' folder: the last `images` on its path becomes `labels`. */
function labelsBeside(images: string): string {
  const parts = images.split(sep);
  const index = parts.lastIndexOf("images");
  if (index < 0) return images;
  parts[index] = "labels";
  return parts.join(sep);
}

function namesOf(names: unknown): string[] | null {
  if (Array.isArray(names)) return names.map(String);
  if (typeof names !== "object" || names === null) return null;
  const entries = Object.entries(names);
  const list = entries.map(([index]) => String((names as Record<string, unknown>)[Number(index)]));
  return entries.every(([index], i) => Number(index) === i) ? list : null;
}

/** Paths of the images below a folder, sorted. */
export function imagesIn(folder: string): string[] {
  return filesIn(folder).filter((path) => IMAGE_ENDINGS.has(extname(path).toLowerCase()));
}

/** Paths of the images below a folder that are of a kind which is not read, sorted: a data set that leaves some out has to say so. */
export function unreadKindsIn(folder: string): string[] {
  return filesIn(folder).filter((path) => OTHER_IMAGE_ENDINGS.has(extname(path.replace(/\.gz$/i, "")).toLowerCase()));
}

/** Paths of the label files below a folder, sorted. `classes.txt`, which labelling programs leave there, is none. */
export function labelsIn(folder: string): string[] {
  if (!isFolder(folder)) return [];
  return filesIn(folder).filter((path) => extname(path) === LABEL_ENDING && basename(path) !== "classes.txt");
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    })
    .sort();
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort();
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
