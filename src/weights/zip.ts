/** The entries of a zip archive whose parts are stored as they are, as PyTorch's are. */
import { buffer } from "node:stream/consumers";
import yauzl from "yauzl";

export interface ZipEntry {
  /** Bytes. */
  readonly size: number;
  /** Throws when the archive's directory and the entry disagree. */
  read(): Promise<Buffer>;
}

/**
 * The entries of the archive in `bytes`, by name; nothing is ever unpacked to a disk. Throws when
 * it is truncated or damaged, has two entries of one name or one whose path leads out of the
 * archive, or has a compressed or encrypted entry: PyTorch compresses nothing, and so no entry can
 * be larger than the file. Checksums are not compared, as PyTorch can be told to leave them out;
 * files that are known by their SHA-256 are checked by that.
 */
export async function readZip(bytes: Buffer): Promise<Map<string, ZipEntry>> {
  const archive = await yauzl.fromBufferPromise(bytes);
  const entries = new Map<string, ZipEntry>();
  for await (const entry of archive.eachEntry()) {
    if (entry.isEncrypted())
      throw new Error(`its part '${entry.fileName}' is encrypted, which PyTorch never does`);
    if (entries.has(entry.fileName)) throw new Error(`it has two parts '${entry.fileName}'`);
    if (entry.compressionMethod !== 0)
      throw new Error(`its part '${entry.fileName}' is compressed, which PyTorch never does`);
    entries.set(entry.fileName, {
      size: entry.uncompressedSize,
      read: async () => buffer(await archive.openReadStreamPromise(entry)),
    });
  }
  return entries;
}
