/**
 * Finds the files and folders that a data set's own files name. Such paths often belong to another
 * computer: `/home/me/set/images/train`, `D:\\set\\images\\train`, `../train/images`.
 */
import { existsSync } from "fs";
import { join, resolve } from "path";
import { isWithin } from "../../folders";
import { isSplitName } from "../../splits";

/** Where to look for a path. */
export interface Places {
  /** Absolute path of the data set's folder. Nothing outside it is returned. */
  readonly top: string;
  /** Absolute paths of folders that a relative path may begin at; the first one counts first. */
  readonly bases: readonly string[];
  /** Whether a path is of the wanted kind; by default, whether it exists. */
  readonly isWanted?: (path: string) => boolean;
}

/** A place that was found. */
export interface Located {
  readonly path: string;
  /** Number of parts at the beginning of the text that were left out; null if it fits as it is. */
  readonly skipped: number | null;
}

/**
 * Finds the path that a text means: as it is, or else the longest end of it that is below the data
 * set's folder. An end of one part counts only if it is the name of a split or of a file.
 * @param text with forward slashes
 * @param hint the result for another path of the same file, which is tried first
 * @returns null if there is no such path inside the data set
 */
export function locate(text: string, places: Places, hint?: Located | null): Located | null {
  const { top, bases, isWanted = existsSync } = places;
  const isFound = (path: string) => isWithin(top, path) && isWanted(path);
  const parts = text.split("/").filter((part) => part && !/^(\.\.?|[A-Za-z]:)$/.test(part));
  if (hint && hint.skipped !== null) {
    const path = join(top, ...parts.slice(hint.skipped));
    if (isFound(path)) return { path, skipped: hint.skipped };
  }
  for (const base of bases) {
    const path = resolve(base, text);
    if (isFound(path)) return { path, skipped: null };
  }
  for (let skipped = 0; skipped < parts.length; skipped++) {
    const rest = parts.slice(skipped);
    if (rest.length === 1 && parts.length > 1 && !isSplitName(rest[0]) && !/\.\w+$/.test(rest[0]))
      continue;
    const path = join(top, ...rest);
    if (isFound(path)) return { path, skipped };
  }
  return null;
}
