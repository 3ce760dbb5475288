/** Finds the files that may contain the annotations of a data set, and the split of each. */
import { createReadStream } from "fs";
import { basename, dirname, extname } from "path";
import { filesIn, pathBelow } from "../../folders";
import { ONLY_SPLIT, splitInFolders, splitInName } from "./split-names";

/** Folders between the data set's folder and an annotation file. */
const MAX_DEPTH = 3;
/** A folder with more such files has a file for each image. */
const MAX_FILES = 50;

/**
 * Absolute paths of the files that may contain the annotations of many images, sorted.
 * @param endings of their names, in lower case, with the dot
 */
export function annotationFilesIn(root: string, endings: readonly string[]): string[] {
  const files = filesIn(root, () => {}).filter(
    (path) =>
      endings.includes(extname(path).toLowerCase()) &&
      pathBelow(root, path).split("/").length <= MAX_DEPTH + 1,
  );
  const counts = new Map<string, number>();
  for (const path of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return files.filter((path) => counts.get(dirname(path))! <= MAX_FILES);
}

/** The names of COCO's files for detection, which end with the split. */
const INSTANCES = /^instances_(.+)$/;

/**
 * The split of each annotation file: the one in its name, else the one in the name of its folder.
 * Of several files without one, each is a split with the name of the file.
 */
export function splitsOfFiles(root: string, files: readonly string[]): Map<string, string> {
  const splits = new Map<string, string>();
  const unclear: string[] = [];
  for (const file of files) {
    const stem = basename(file, extname(file));
    const split =
      splitInName(stem) ?? INSTANCES.exec(stem)?.[1] ?? splitInFolders(pathBelow(root, file));
    if (split === null) unclear.push(file);
    else splits.set(file, split);
  }
  for (const file of unclear)
    splits.set(file, files.length === 1 ? ONLY_SPLIT : basename(file, extname(file)));
  return splits;
}

/** Bytes of the text that is read at once. */
const CHUNK_BYTES = 1 << 20;

/** How a text in UTF-16 begins. Its characters in ASCII have a byte of 0 before or after them. */
const UTF16 = /^(\xff\xfe|\xfe\xff)/;

/**
 * Whether a file, also one in UTF-16, contains each of the texts. Reads it only as far as it takes
 * to know.
 * @param texts in ASCII
 */
export async function containsAll(path: string, texts: readonly string[]): Promise<boolean> {
  const missing = new Set(texts);
  const overlap = Math.max(...texts.map(({ length }) => length));
  let end = "";
  let isUtf16: boolean | null = null;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
      const bytes = (chunk as Buffer).toString("latin1");
      isUtf16 ??= UTF16.test(bytes);
      const text = end + (isUtf16 ? bytes.replaceAll("\0", "") : bytes);
      for (const one of missing) if (text.includes(one)) missing.delete(one);
      if (!missing.size) return true;
      end = text.slice(-overlap);
    }
  } catch {
    // A file that cannot be read is not recognized; reading the data set reports it.
  }
  return false;
}
