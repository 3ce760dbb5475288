/**
 * The data file of Darknet, `obj.data`, which CVAT writes too: lists of images, and the file of
 * class names. Its lists may also be there without it.
 */
import { readdirSync, readFileSync, statSync } from "fs";
import { basename, join } from "path";
import type { Problem } from "../../checks";
import { isFolder, type Report } from "../../folders";
import { isImage } from "../../image-files";
import { isThere, readText, UnreadableFile } from "../../read-file";
import { isSplitName } from "../../splits";
import { isListName, splitInName } from "../shared/split-names";

const DARKNET_FILE = "obj.data";

const MAX_BYTES = 64_000;
/** Keys that a data file of another name has. */
const DATA_KEYS = [/^\s*names\s*=/m, /^\s*(train|valid)\s*=/m];
/** Bytes of a list; with about 100 a line, more images than a data set has. */
const MAX_LIST_BYTES = 50_000_000;

/** A split, and the list of its images. */
export interface SplitPlace {
  readonly split: string;
  readonly place: string;
}

/** The content of a data file. */
export interface DarknetData {
  readonly places: readonly SplitPlace[];
  /** The file of class names, as it is written; null if it names none. */
  readonly names: string | null;
}

/**
 * Absolute path of a data set's data file: `obj.data`, or the only other file with its ending and
 * its keys. Null if it has none.
 */
export function darknetPath(root: string): string | null {
  const path = join(root, DARKNET_FILE);
  if (isThere(path)) return path;
  const others = readdirSync(root)
    .filter((file) => /^[^.].*\.data$/i.test(file))
    .map((file) => join(root, file))
    .filter(isDataFile);
  return others.length === 1 ? others[0] : null;
}

function isDataFile(path: string): boolean {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > MAX_BYTES) return false;
    const text = readFileSync(path, "utf8");
    return DATA_KEYS.every((key) => key.test(text));
  } catch {
    return false;
  }
}

/** Reads a data file; null if that is not possible, which is reported. */
export async function readDarknet(
  path: string,
  report: (problem: Problem) => void,
): Promise<DarknetData | null> {
  let text: string;
  try {
    text = await readText(path, MAX_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    report({
      severity: "error",
      file: basename(path),
      message: `it cannot be read (${error.message}): correct or remove it`,
    });
    return null;
  }
  const values = new Map(
    text.split(/\r\n|\n|\r/).flatMap((line): [string, string][] => {
      const at = line.indexOf("=");
      if (at < 0) return [];
      const value = line.slice(at + 1).trim();
      return [[line.slice(0, at).trim(), value.replace(/\\/g, "/")]];
    }),
  );
  return {
    // CVAT writes the names of its subsets, such as `Train` and `Validation`.
    places: Array.from(values).flatMap(([key, place]) =>
      isSplitName(key) && place ? [{ split: splitInName(key) ?? key, place }] : [],
    ),
    names: values.get("names") || null,
  };
}

/**
 * The splits that lists beside the images name: `train.txt`, `valid.txt`. A file without the path
 * of an image in its first line is not a list.
 * @param report receives files that are called like lists, and are none
 */
export async function splitLists(root: string, report: Report): Promise<SplitPlace[]> {
  const places: SplitPlace[] = [];
  for (const place of readdirSync(root).filter(isListName)) {
    const path = join(root, place);
    if (isFolder(path)) continue;
    try {
      const text = await readText(path, MAX_LIST_BYTES);
      const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
      const first = lines.find((line) => line && !line.startsWith("#"));
      const split = splitInName(place.slice(0, -".txt".length));
      if (first !== undefined && split !== null && isImage(first)) places.push({ split, place });
      else
        report(
          "warning",
          path,
          "it is called like the list of a split, and was not read, because its first line is not the path of an image: write one path a line",
        );
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
    }
  }
  return places;
}
