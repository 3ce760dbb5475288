/** Reads a part of a file, unpacked if it is gzipped. */
import { createReadStream } from "fs";
import { open } from "fs/promises";
import { createGunzip } from "zlib";
import { requireRegularFile } from "../../util/regular-file";

/** The first bytes of gzipped files. */
const GZIP = [0x1f, 0x8b];
/**
 * Unpacked bytes that are read after `to`. If a gzipped file ends within them, its checksum is
 * compared.
 */
const TAIL = 2 ** 16;
/** The error of zlib for bytes after the end of a gzipped file, which do not matter. */
const BYTES_AFTER_END = "incorrect header check";

/** Whether a file is gzipped, from its first bytes. */
export function isGzip(head: Uint8Array): boolean {
  return GZIP.every((byte, i) => head[i] === byte);
}

/**
 * Bytes `from` to `to` of a file, unpacked if it is gzipped; fewer if the file ends before `to`.
 * Little after `to` is unpacked.
 * @throws when a gzipped file is damaged
 */
export async function bytesBetween(file: string, from: number, to: number): Promise<Buffer> {
  const isPacked = isGzip(await firstBytes(file, GZIP.length));
  if (to <= from) return Buffer.alloc(0);
  const source = createReadStream(file, isPacked ? {} : { start: from, end: to - 1 });
  const stream = isPacked ? source.pipe(createGunzip()) : source;
  // A pipe does not pass errors on.
  source.on("error", (error) => stream.destroy(error));
  const parts: Buffer[] = [];
  let at = isPacked ? 0 : from;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      const inRange = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
      if (inRange.length) parts.push(inRange);
      at += part.length;
      if (at >= (isPacked ? to + TAIL : to)) break;
    }
  } catch (error) {
    const { message } = error as Error;
    if (at < to || message !== BYTES_AFTER_END)
      throw new Error(`it cannot be read to its end, it is damaged or cut short: ${message}`);
  } finally {
    source.destroy();
  }
  return Buffer.concat(parts);
}

/**
 * The first `count` bytes of a file, not unpacked.
 * @throws when it is not a file, because reading a pipe or a device may never end
 */
export async function firstBytes(file: string, count: number): Promise<Buffer> {
  requireRegularFile(file);
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
