/** Makes folders. */
import { existsSync, mkdirSync, statSync } from "fs";
import { dirname, resolve } from "path";
import { writeError } from "./atomic-write";

/**
 * Makes a folder and the missing folders above it. The option `recursive` of Node does the same,
 * but it never returns where the system refuses a folder as missing, for example below `/proc`.
 * @returns the topmost folder that was missing; undefined if all were there
 * @throws when a folder cannot be made; the message says what to do
 */
export function makeFolder(path: string): string | undefined {
  const missing: string[] = [];
  let first: string | undefined;
  for (let above = resolve(path); !existsSync(above); above = dirname(above)) missing.push(above);
  try {
    for (const folder of missing.reverse()) if (makeOne(folder)) first ??= folder;
    // A file in its place: the system says so.
    if (!statSync(path).isDirectory()) mkdirSync(path);
  } catch (error) {
    throw writeError(path, error);
  }
  return first;
}

/** @returns false if another process made the folder in the meantime */
function makeOne(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (!existsSync(folder)) throw error;
    return false;
  }
}
