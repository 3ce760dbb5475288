/**
 * Writes files completely or not at all: a reader never sees an incomplete file, even if the
 * process or the machine stops.
 */
import { open, rename, rm } from "fs/promises";
import { dirname } from "path";

/** Reasons why a file could not be written, and what to do, by the error's code. */
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
 * Writes a file with a temporary name beside `path`, waits until it is on the disk, and renames it.
 * An existing file stays unchanged until then.
 * @throws when it cannot be written; the message says what to do, and the temporary file is removed
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

/** The error for a file that could not be written, with a message that says what to do. */
export function writeError(path: string, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new Error(`${path} could not be written: ${REMEDIES[code] ?? message}`, { cause: error });
}

/**
 * Waits until a folder is on the disk, and with it the names of its files. Some file systems
 * cannot.
 */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}
