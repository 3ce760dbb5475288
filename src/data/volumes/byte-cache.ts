/**
 * Keeps what was read last in memory. Slices are read one by one, and the next slice is usually in
 * the same file; without a limit, the scans of a folder would fill the memory.
 */
import { stat } from "fs/promises";

interface Entry<T> {
  readonly value: Promise<T>;
  /** 0 until the value is read. */
  bytes: number;
}

/** Values that were read from files, up to a number of bytes. */
export class ByteCache<T> {
  private readonly entries = new Map<string, Entry<T>>();

  /**
   * @param limit bytes; the value that was read last is kept even if it is larger
   * @param sizeOf the bytes of a value
   */
  constructor(
    private readonly limit: number,
    private readonly sizeOf: (value: T) => number,
  ) {}

  /**
   * The value of a file, from memory if the file has not changed since it was read.
   * @param part of the file that the value is of
   * @param read reads the value
   * @throws when the file does not exist, and what `read` throws
   */
  async get(file: string, part: string, read: () => Promise<T>): Promise<T> {
    const { mtimeMs, size } = await stat(file);
    const key = [file, mtimeMs, size, part].join("\n");
    const known = this.entries.get(key);
    if (known) {
      // The order of the entries is the order of their last use.
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.value;
    }
    const entry: Entry<T> = { value: read(), bytes: 0 };
    this.entries.set(key, entry);
    try {
      entry.bytes = this.sizeOf(await entry.value);
    } catch (error) {
      this.entries.delete(key);
      throw error;
    }
    this.shrink(key);
    return entry.value;
  }

  /** Removes the entries that were not used for the longest time, until the limit is met. */
  private shrink(newest: string): void {
    let total = [...this.entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [key, { bytes }] of this.entries) {
      if (total <= this.limit) return;
      if (key === newest || bytes === 0) continue;
      this.entries.delete(key);
      total -= bytes;
    }
  }
}
