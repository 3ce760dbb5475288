/** Reads zip archives with uncompressed entries, as PyTorch writes them. */
import { buffer } from "node:stream/consumers";
import yauzl from "yauzl";

/** An entry of an archive. */
export interface ZipEntry {
  /** Bytes of its content. */
  readonly size: number;
  /**
   * Reads its content.
   * @throws when the entry contradicts the archive's directory
   */
  read(): Promise<Buffer>;
}

/**
 * The entries of an archive, by name. Nothing is written to the disk. Compressed entries are
 * refused, because PyTorch does not compress; so no entry can be larger than the file. Checksums
 * are not compared, because PyTorch can omit them; downloaded files are checked by their SHA-256.
 * @throws when the archive is truncated or damaged, has two entries of the same name, an entry
 * whose path leads out of the archive, or a compressed or encrypted entry
 */
export async function readZip(bytes: Buffer): Promise<Map<string, ZipEntry>> {
  const archive = await yauzl.fromBufferPromise(bytes);
  const entries = new Map<string, ZipEntry>();
  for await (const entry of archive.eachEntry()) {
    if (entry.isEncrypted())
      throw new Error(`its entry '${entry.fileName}' is encrypted, and PyTorch does not encrypt`);
    if (entries.has(entry.fileName)) throw new Error(`it has two entries '${entry.fileName}'`);
    if (entry.compressionMethod !== 0)
      throw new Error(`its entry '${entry.fileName}' is compressed, and PyTorch does not compress`);
    entries.set(entry.fileName, {
      size: entry.uncompressedSize,
      read: async () => buffer(await archive.openReadStreamPromise(entry)),
    });
  }
  return entries;
}
