/**
 * What lies below a data set's folders: links are followed, nothing is walked twice, and names
 * that begin with a dot are left out.
 */
import { Dirent, existsSync, readdirSync, realpathSync, statSync } from "fs";
import { isAbsolute, join, relative, sep } from "path";
import type { Problem } from "./checks";
import { NO_PERMISSION } from "./read-file";

/** Told of a path that could not be listed, or was left out. */
export type Report = (severity: Problem["severity"], path: string, message: string) => void;

/**
 * Paths of the files below a folder, sorted. `report` hears of folders that cannot be listed and
 * of links that lead in a circle; without it the first throws, naming the folder.
 */
export function filesIn(folder: string, report: Report = refuse): string[] {
  const files: string[] = [];
  const seen = new Set<string>();
  const start = realPath(folder);
  // Folders before links to folders: of two ways to the same place, the link is the one that is
  // left out.
  const links: string[] = [];
  const walk = (path: string): void => {
    const real = realPath(path);
    if (seen.has(real) || (real !== start && isWithin(real, start)))
      return report(
        "warning",
        path,
        "the link leads to a folder that is read anyway, or back up, so it was left out: remove it",
      );
    seen.add(real);
    for (const entry of entriesOf(path, report)) {
      const below = join(path, entry.name);
      if (entry.isDirectory()) walk(below);
      else if (entry.isSymbolicLink() && isFolder(below)) links.push(below);
      else files.push(below);
    }
  };
  walk(folder);
  for (let link = links.shift(); link !== undefined; link = links.shift()) walk(link);
  return files.sort();
}

/** Names of the folders, and of the links to folders, right below a folder, sorted. */
export function foldersIn(folder: string, report: Report = refuse): string[] {
  return entriesOf(folder, report)
    .filter(
      (entry) =>
        entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))),
    )
    .map(({ name }) => name)
    .sort();
}

/** Whether there is a folder, or a link to one, of this path. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Whether a path is the folder or lies below it, by the names alone: links are not followed. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The path without links; itself where a link leads nowhere. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/**
 * Hidden files are what a system or an editor left behind: `._01.jpg` of macOS has an image's name
 * and is none.
 */
function entriesOf(folder: string, report: Report): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EACCES" || code === "EPERM" ? NO_PERMISSION : message.split("\n")[0];
    report("error", folder, `the folder cannot be listed (${reason}): mend or remove it`);
    return [];
  }
}

function refuse(severity: Problem["severity"], path: string, message: string): void {
  if (severity === "error") throw new Error(`${path}: ${message}`);
}
