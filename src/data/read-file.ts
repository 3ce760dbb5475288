/** Reads the files of a data set, and says in plain words why a file cannot be read. */
import { lstatSync } from "fs";
import { readFile, stat } from "fs/promises";
import { requireRegularFile } from "../util/regular-file";

/** The reason for a file or folder without permissions. */
export const NO_PERMISSION = "there is no permission to read it";

const BYTES_PER_MEGABYTE = 1e6;

/** A file that cannot be used. The message is the reason, without the file's name. */
export class UnreadableFile extends Error {
  /**
   * @param message the reason
   * @param line the line of a text that the reason is about, counted from 1
   */
  constructor(
    message: string,
    readonly line?: number,
  ) {
    super(message);
    this.name = "UnreadableFile";
  }
}

/**
 * The bytes of a file.
 * @param limit bytes that the file may have at most
 * @throws UnreadableFile when the path is not a file, may not be read, or is larger
 */
export async function readBytes(path: string, limit: number): Promise<Buffer> {
  try {
    // Reading a pipe or a device may never end.
    const { size } = requireRegularFile(path) ?? (await stat(path));
    if (size > limit)
      throw new UnreadableFile(
        `it has ${inMegabytes(size)} MB, more than the limit of ${inMegabytes(limit)} MB`,
      );
    return await readFile(path);
  } catch (error) {
    throw error instanceof UnreadableFile
      ? error
      : new UnreadableFile(reasonOf(error as NodeJS.ErrnoException, path));
  }
}

/**
 * The text of a file.
 * @param limit bytes that the file may have at most
 * @throws UnreadableFile as `readBytes` and `decodeText` do
 */
export async function readText(path: string, limit: number): Promise<string> {
  return decodeText(await readBytes(path, limit));
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark, which some Windows programs write.
 * @throws UnreadableFile when the bytes are not text
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe
      ? "utf-16le"
      : first === 0xfe && second === 0xff
        ? "utf-16be"
        : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFile(`it is not text in ${encoding.toUpperCase()}`);
  }
  const end = text.indexOf("\0");
  if (end >= 0)
    throw new UnreadableFile(
      "it contains a NUL byte, so it is not text",
      text.slice(0, end).split(/\r\n|\n|\r/).length,
    );
  return text;
}

/** Whether the path exists, including a link that leads nowhere. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // The name is too long, or its folder is not a folder or may not be entered.
    return false;
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException, path: string): string {
  if (code === "EACCES" || code === "EPERM") return NO_PERMISSION;
  if (code === "ELOOP") return "it is a link that leads back to itself";
  if (code !== "ENOENT") return message.split("\n")[0];
  if (path.includes("\uFFFD")) return "its name is not Unicode: rename it";
  return isThere(path) ? "it is a link to a place that does not exist" : "it does not exist";
}

function inMegabytes(bytes: number): string {
  return (bytes / BYTES_PER_MEGABYTE).toFixed(bytes < BYTES_PER_MEGABYTE ? 2 : 0);
}
