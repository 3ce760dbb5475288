/**
 * The files and folders below a data set's folder. Links are followed, no folder is read twice, and
 * hidden files are left out.
 */
import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from "fs";
import { isAbsolute, join, relative, resolve, sep } from "path";
import type { Problem } from "./checks";
import { NO_PERMISSION } from "./read-file";

/** Receives what is wrong with a path: it could not be listed, or it was left out. */
export type Report = (severity: Problem["severity"], path: string, message: string) => void;

/**
 * Names of files that a system or an editor left behind. Hidden ones begin with a dot: `._01.jpg`
 * of macOS has the name of an image and is not one. Excel writes `~$boxes.csv` beside a table that
 * is open. Windows marks downloads with a stream `01.jpg:Zone.Identifier`, which becomes a file of
 * that name on other systems; U+F03A is how a Windows drive stores the colon. Disks on a network
 * keep small copies of images in `@eaDir` (Synology) and `.@__thumb` (QNAP), and deleted files in
 * `#recycle` and `$RECYCLE.BIN`.
 */
const LEFT_BEHIND =
  /^\.|^~\$|[:\uF03A]Zone\.Identifier$|^(@eaDir|@tmp|@Recycle|#recycle|\$RECYCLE\.BIN|__MACOSX|lost\+found|System Volume Information)$/i;

/**
 * Paths of the files below a folder, sorted. A link to a folder is followed unless that folder is
 * read anyway.
 * @param report receives folders that cannot be listed and links that are left out; without it the
 * function throws for the first folder that cannot be listed
 */
export function filesIn(folder: string, report: Report = throwErrors): string[] {
  const files: string[] = [];
  const visited = new Set<string>();
  const start = realPath(folder);
  // Folders come before links to folders: of two ways to the same place, the link is left out.
  const links: string[] = [];
  const visit = (path: string): void => {
    const real = realPath(path);
    if (visited.has(real) || (real !== start && isWithin(real, start)))
      return report(
        "warning",
        path,
        "the link leads to a folder that is read anyway or to a folder above it, so it was left out: remove it",
      );
    visited.add(real);
    for (const entry of entriesOf(path, report)) {
      const below = join(path, entry.name);
      if (entry.isDirectory()) visit(below);
      else if (entry.isSymbolicLink() && isFolder(below)) links.push(below);
      else files.push(below);
    }
  };
  visit(folder);
  for (let link = links.shift(); link !== undefined; link = links.shift()) visit(link);
  return files.sort();
}

/**
 * Names of the folders, and of the links to folders, directly below a folder, sorted.
 * @param report as in `filesIn`
 */
export function foldersIn(folder: string, report: Report = throwErrors): string[] {
  return entriesOf(folder, report)
    .filter(
      (entry) =>
        entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))),
    )
    .map(({ name }) => name)
    .sort();
}

/** Whether the path is a folder, or a link to one. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Whether a path is the folder or is below it, by their names only: links are not followed. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The path with all links resolved; the path itself if a link leads nowhere. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** A path as problems and image ids have it: below the data set's folder, with forward slashes. */
export function pathBelow(root: string, path: string): string {
  return relative(resolve(root), resolve(path)).split(sep).join("/") || ".";
}

/** The entries of a folder without those that a system left behind. */
function entriesOf(folder: string, report: Report): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(
      ({ name }) => !LEFT_BEHIND.test(name),
    );
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EACCES" || code === "EPERM" ? NO_PERMISSION : message.split("\n")[0];
    report(
      "error",
      folder,
      `the folder cannot be listed (${reason}): make it readable or remove it`,
    );
    return [];
  }
}

function throwErrors(severity: Problem["severity"], path: string, message: string): void {
  if (severity === "error") throw new Error(`${path}: ${message}`);
}
