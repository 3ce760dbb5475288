/**
 * Finds the files and folders that a data set's own files name. Such paths often belong to another
 * computer: `/home/me/set/images/train`, `D:\\set\\images\\train`, `../train/images`.
 */
import { existsSync } from "fs";
import { join, resolve } from "path";
import { isWithin } from "../../folders";
import { isSplitName } from "../../splits";
import type { NamesOnDisk } from "./names-on-disk";

/** Where to look for a path. */
export interface Places {
  /** Absolute path of the data set's folder. Nothing outside it is returned. */
  readonly top: string;
  /** Absolute paths of folders that a relative path may begin at; the first one counts first. */
  readonly bases: readonly string[];
  /** Whether a path is of the wanted kind; by default, whether it exists. */
  readonly isWanted?: (path: string) => boolean;
  /** Finds names that are written in another way; without it, names must be equal. */
  readonly names?: NamesOnDisk;
}

/** A place that was found. */
export interface Located {
  readonly path: string;
  /** Number of parts at the beginning of the text that were left out; null if it fits as it is. */
  readonly skipped: number | null;
}

/**
 * Finds the path that a text means: as it is, or else the longest end of it that is below the data
 * set's folder. An end of one part counts only if it is the name of a split or of a file. If no name
 * is equal, names count that are written in another way.
 * @param text with forward slashes
 * @param hint the result for another path of the same file, which is tried first
 * @returns null if there is no such path inside the data set
 */
export function locate(text: string, places: Places, hint?: Located | null): Located | null {
  const { top, isWanted = existsSync, names } = places;
  const equal = (path: string) => (isWithin(top, path) && isWanted(path) ? path : null);
  const alike = (path: string) => {
    const found = names?.find(path) ?? null;
    return found === null ? null : equal(found);
  };
  return search(text, { places, hint, find: equal }) ?? search(text, { places, hint, find: alike });
}

/** Finds the path of a text; `find` gives the path as it is on the disk, or null. */
function search(
  text: string,
  options: {
    readonly places: Places;
    readonly hint?: Located | null;
    readonly find: (path: string) => string | null;
  },
): Located | null {
  const { places, hint, find } = options;
  const { top, bases } = places;
  const parts = text.split("/").filter((part) => part && !/^(\.\.?|[A-Za-z]:)$/.test(part));
  if (hint && hint.skipped !== null) {
    const path = find(join(top, ...parts.slice(hint.skipped)));
    if (path !== null) return { path, skipped: hint.skipped };
  }
  for (const base of bases) {
    const path = find(resolve(base, text));
    if (path !== null) return { path, skipped: null };
  }
  for (let skipped = 0; skipped < parts.length; skipped++) {
    const rest = parts.slice(skipped);
    if (rest.length === 1 && parts.length > 1 && !isSplitName(rest[0]) && !/\.\w+$/.test(rest[0]))
      continue;
    const path = find(join(top, ...rest));
    if (path !== null) return { path, skipped };
  }
  return null;
}
