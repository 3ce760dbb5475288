/**
 * A file without a name, for what does not fit into memory: it is gone with the process, however
 * that ends.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, writeSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { writeError } from "./atomic-write";

export class SpillFile {
  private length = 0;

  private constructor(
    private readonly folder: string,
    private descriptor: number | null,
  ) {}

  /**
   * @param folder the system's temporary one by default, which the environment variable `TMPDIR`
   * names
   */
  static open(folder = tmpdir()): SpillFile {
    const own = mkdtempSync(join(folder, "features-"));
    const descriptor = openSync(join(own, "features"), "w+");
    rmSync(own, { recursive: true });
    return new SpillFile(folder, descriptor);
  }

  /**
   * @returns where the content begins. Throws, naming the folder, when the disk is full; what was
   * appended before is still there.
   */
  append(content: ArrayBufferView): number {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const start = this.length;
    for (let done = 0; done < bytes.length;) {
      try {
        done += writeSync(this.open(), bytes, done, bytes.length - done, start + done);
      } catch (error) {
        const { message } = writeError(`a file of features in ${this.folder}`, error);
        throw new Error(`${message}, or name a folder on another disk in TMPDIR`, { cause: error });
      }
    }
    this.length += bytes.length;
    return start;
  }

  /** Fills `into` with what was appended at `start`. */
  read(start: number, into: ArrayBufferView): void {
    const bytes = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.open(), bytes, done, bytes.length - done, start + done);
      if (!read) throw new Error(`the file of features ends at ${start + done} bytes`);
      done += read;
    }
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }

  private open(): number {
    if (this.descriptor === null) throw new Error("the features were disposed");
    return this.descriptor;
  }
}

/** What may still be written on the disk of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
