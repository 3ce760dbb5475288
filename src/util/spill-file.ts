/**
 * A temporary file without a name, for data that do not fit into memory. It disappears when the
 * process ends, also if the process is killed.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, writeSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { writeError } from "./atomic-write";

/** A temporary file that grows at its end and can be read anywhere. */
export class SpillFile {
  private length = 0;

  private constructor(
    private readonly folder: string,
    private descriptor: number | null,
  ) {}

  /**
   * Opens an empty file.
   * @param folder where it is; by default the system's temporary folder, which the environment
   * variable `TMPDIR` names
   */
  static open(folder = tmpdir()): SpillFile {
    const temporary = mkdtempSync(join(folder, "features-"));
    const descriptor = openSync(join(temporary, "features"), "w+");
    // The open file stays readable after its name is removed.
    rmSync(temporary, { recursive: true });
    return new SpillFile(folder, descriptor);
  }

  /**
   * Appends content.
   * @returns the position of its first byte
   * @throws when the disk is full; the message names the folder, and earlier content can still be
   * read
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

  /**
   * Fills `into` with the bytes from `start` on.
   * @throws when the file ends before
   */
  read(start: number, into: ArrayBufferView): void {
    const bytes = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.open(), bytes, done, bytes.length - done, start + done);
      if (!read) throw new Error(`the file of features ends at ${start + done} bytes`);
      done += read;
    }
  }

  /** Closes the file; it can then no longer be used. */
  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }

  private open(): number {
    if (this.descriptor === null) throw new Error("the features were disposed");
    return this.descriptor;
  }
}

/** Free bytes on the disk of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
