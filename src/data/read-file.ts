/**
 * Reads the files of a data set whole, and says in plain words why one cannot be read: whoever
 * brought it is told what is wrong with it.
 */
import { lstatSync } from "fs";
import { readFile, stat } from "fs/promises";

export const NO_PERMISSION = "there is no permission to read it";

/** A file that cannot be used; the message is the reason, without the file's name. */
export class UnreadableFile extends Error {
  constructor(
    message: string,
    /** Counted from 1, where the reason is in one line of a text. */
    readonly line?: number,
  ) {
    super(message);
    this.name = "UnreadableFile";
  }
}

/**
 * The bytes of a file of at most `limit` bytes. Throws UnreadableFile for anything but a file that
 * is there, may be read and is not larger.
 */
export async function readBytes(path: string, limit: number): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw new UnreadableFile("it is a folder, not a file");
    // Reading a pipe or a device may never end.
    if (!stats.isFile()) throw new UnreadableFile("it is a device or a pipe, not a file");
    if (stats.size > limit)
      throw new UnreadableFile(
        `it has ${inMegabytes(stats.size)} MB, more than the ${inMegabytes(limit)} MB that are read`,
      );
    return await readFile(path);
  } catch (error) {
    throw error instanceof UnreadableFile
      ? error
      : new UnreadableFile(reasonOf(error as NodeJS.ErrnoException, path));
  }
}

/**
 * A file of at most `limit` bytes as text. Throws UnreadableFile as `readBytes` and `decodeText`
 * do.
 */
export async function readText(path: string, limit: number): Promise<string> {
  return decodeText(await readBytes(path, limit));
}

/**
 * Text from UTF-8, or from UTF-16 with a byte order mark, as some Windows programs write it.
 * Throws UnreadableFile for what is no text.
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
      "it holds a NUL byte, which no text does",
      text.slice(0, end).split(/\r\n|\n|\r/).length,
    );
  return text;
}

/** Whether there is anything of this path: also a link that leads nowhere. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A name that is too long, or below what is no folder or may not be entered.
    return false;
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException, path: string): string {
  if (code === "EACCES" || code === "EPERM") return NO_PERMISSION;
  if (code === "ELOOP") return "it is a link that leads back to itself";
  if (code !== "ENOENT") return message.split("\n")[0];
  if (path.includes("\uFFFD")) return "its name is not Unicode: rename it";
  return isThere(path) ? "it is a link to a place that does not exist" : "it is not there any more";
}

function inMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0);
}
