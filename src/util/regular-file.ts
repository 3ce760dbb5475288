/** Tells regular files from pipes, devices and sockets. Reading one of those may never end. */
import { type Stats, statSync } from "fs";
import { readFile } from "fs/promises";

/**
 * Refuses a path that is not a regular file. A path that does not exist passes: whoever reads it
 * reports that.
 * @returns what the file system says of it; undefined if it does not exist
 * @throws when the path is a folder, a pipe, a device or a socket; the message is the reason, and
 * does not name the path
 */
export function requireRegularFile(path: string): Stats | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || stats.isFile()) return stats;
  throw new Error(
    stats.isDirectory() ? "it is a folder, not a file" : "it is a device or a pipe, not a file",
  );
}

/** As `requireRegularFile`, with the path in the message. */
export function requireNamedFile(path: string): void {
  try {
    requireRegularFile(path);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The bytes of a file.
 * @throws when it cannot be read, or is not a regular file; the message names the path
 */
export async function readRegularFile(path: string): Promise<Buffer> {
  requireNamedFile(path);
  return readFile(path);
}
