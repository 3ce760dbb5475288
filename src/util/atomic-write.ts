/**
 * Files that are there whole or not at all, whenever the process or the machine stops: a reader
 * never meets half of one.
 */
import { open, rename, rm } from "fs/promises";
import { dirname } from "path";

/** Why a file could not be written, and what to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space",
  EDQUOT: "the disk quota is used up: free some space",
  EFBIG: "a file may not grow that large here",
  EACCES: "it may not be written to: choose another folder, or change its permissions",
  EPERM: "it may not be written to: choose another folder, or change its permissions",
  EROFS: "the disk can only be read: choose another folder",
  ENOTDIR: "a part of the path is a file: choose another folder",
};

/**
 * Writes a file under a temporary name beside it, waits until the disk has it, and gives it its
 * name. A file of that name stays as it was until then. Throws, saying what to do, when it cannot
 * be written; the temporary file is then gone.
 */
export async function writeAtomically(path: string, content: Buffer | string): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    const file = await open(unfinished, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw writeError(path, error);
  }
}

/** What went wrong when writing to `path`, in a sentence that says what to do. */
export function writeError(path: string, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new Error(`${path} could not be written: ${REMEDIES[code] ?? message}`, { cause: error });
}

/** A name is safe only when its folder is; some file systems have nothing to say to that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}
