/** The splits of a Pascal VOC data set: lists of names in `ImageSets/Main`. */
import { basename, dirname, extname, relative, sep } from "path";
import { isWithin } from "../../folders";
import { stemOf } from "../../image-files";
import { readText, UnreadableFile } from "../../read-file";
import { splitInName } from "../shared/split-names";

/** Bytes; with about 40 a name, a million names. */
const MAX_LIST_BYTES = 40_000_000;
/** A name in the lists of one class is followed by whether the image has the class. */
const MEMBERSHIP = /\s+(-1|0|1)$/;
/** The list of training and validation images, which are in lists of their own too. */
const BOTH = "trainval";

/** One list of names. */
export interface ImageSet {
  /** Absolute path of the list. */
  readonly path: string;
  readonly split: string;
  /** Folder that contains `ImageSets`; the list is about annotations below it. */
  readonly home: string;
  /** The names in the list without endings, and whether they were found. */
  readonly names: ReadonlySet<string>;
}

/**
 * Reads the lists of a data set.
 * @param files all files of the data set, as absolute paths
 * @param report receives lists that cannot be read
 */
export async function readImageSets(
  files: readonly string[],
  report: (path: string, message: string) => void,
): Promise<ImageSet[]> {
  const lists = files.filter(isList);
  const annotated = new Set(
    files
      .filter((path) => extname(path).toLowerCase() === ".xml")
      .map((path) => nameOf(basename(path, extname(path)))),
  );
  // The name of a file may itself end with a blank and a number: `scan 1`.
  const withoutMembership = (line: string) =>
    annotated.has(nameOf(line).split("/").at(-1)!) ? line : line.replace(MEMBERSHIP, "");
  const sets: ImageSet[] = [];
  for (const path of lists) {
    const stem = basename(path, extname(path)).toLowerCase();
    const home = homeOf(path);
    const isDivided = (other: string) =>
      homeOf(other) === home && ["train.txt", "val.txt"].includes(basename(other).toLowerCase());
    if (stem === BOTH && lists.some(isDivided)) continue;
    try {
      const text = await readText(path, MAX_LIST_BYTES);
      const names = text
        .split(/\r\n|\n|\r/)
        .map((line) => withoutMembership(line.trim()))
        .filter((name) => name !== "");
      sets.push({ path, split: splitInName(stem)!, home, names: new Set(names.map(nameOf)) });
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      report(path, `the list cannot be read (${error.message}): write it again, or remove it`);
    }
  }
  return sets;
}

/**
 * The splits that an annotation file is in.
 * @param file absolute path of the XML file
 */
export function setsOf(file: string, sets: readonly ImageSet[]): ImageSet[] {
  const stem = nameOf(basename(file, extname(file)));
  return sets.filter(({ home, names }) => {
    if (!isWithin(home, file)) return false;
    // A list may have the folders of the names: `patient1/slice_01`.
    const below = relative(home, file).split(sep).slice(1).join("/");
    return names.has(stem) || names.has(nameOf(below.slice(0, -extname(below).length)));
  });
}

/**
 * A list of a split, such as `ImageSets/Main/train.txt`, and not one of a class, `cat_train.txt`.
 */
function isList(path: string): boolean {
  const folders = dirname(path).split(sep);
  const stem = basename(path, extname(path)).toLowerCase();
  const isPlain = stem === BOTH || (splitInName(stem) !== null && /^[a-z]+$/.test(stem));
  const isMain = folders.at(-1) === "Main" ? folders.at(-2) : folders.at(-1);
  return extname(path).toLowerCase() === ".txt" && isMain === "ImageSets" && isPlain;
}

/** The folder that contains the folder `ImageSets` of a list. */
function homeOf(path: string): string {
  const folder = dirname(path);
  return dirname(basename(folder) === "Main" ? dirname(folder) : folder);
}

/** A name as it is compared. */
function nameOf(name: string): string {
  return stemOf(name.normalize("NFC").replaceAll("\\", "/"));
}
