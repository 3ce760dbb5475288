/** Keeps the features of many images: in memory up to a budget, what is beyond it in a file, so that a large data set does not need a large machine. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { tf } from "../tensorflow";

const MEBIBYTE = 2 ** 20;
/** What a training of some hundred images needs, and every machine with 8 GiB has. */
const DEFAULT_MEBIBYTES = 4096;

/** Features of one image, each `[1, H, W, C]`. */
export interface StoredFeatures {
  readonly bytes: number;
  readonly isOnDisk: boolean;
  /** To be handed back by `release`. */
  load(): readonly tf.Tensor4D[];
  release(features: readonly tf.Tensor4D[]): void;
}

export class FeatureStore {
  private readonly inMemory: tf.Tensor4D[] = [];
  private memoryBytes = 0;
  private file: number | null = null;
  private fileBytes = 0;

  /** @param budget bytes that are kept in memory: `FRCNN_FEATURE_MIB`, or 4096 MiB */
  constructor(private readonly budget = budgetOfEnvironment()) {}

  /** Takes features over: the caller must not dispose them. Throws when the disk is full. */
  add(features: readonly tf.Tensor4D[]): StoredFeatures {
    const bytes = features.reduce((sum, { size }) => sum + size * Float32Array.BYTES_PER_ELEMENT, 0);
    if (this.memoryBytes + bytes <= this.budget) {
      this.memoryBytes += bytes;
      this.inMemory.push(...features);
      return { bytes, isOnDisk: false, load: () => features, release: () => undefined };
    }
    const shapes = features.map(({ shape }) => shape);
    const places = features.map((tensor) => this.write(tensor.dataSync<"float32">()));
    tf.dispose([...features]);
    return {
      bytes,
      isOnDisk: true,
      load: () => shapes.map((shape, i) => tf.tensor4d(this.read(places[i], tf.util.sizeFromShape(shape)), shape)),
      release: (loaded) => tf.dispose([...loaded]),
    };
  }

  dispose(): void {
    tf.dispose(this.inMemory.splice(0));
    if (this.file !== null) closeSync(this.file);
    this.file = null;
    this.memoryBytes = this.fileBytes = 0;
  }

  /** @returns where it begins */
  private write(values: Float32Array): number {
    this.file ??= openNamelessFile();
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const start = this.fileBytes;
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.file, bytes, done, bytes.length - done, start + done);
    this.fileBytes += bytes.length;
    return start;
  }

  private read(start: number, count: number): Float32Array {
    if (this.file === null) throw new Error("the features were disposed");
    const values = new Float32Array(count);
    const bytes = Buffer.from(values.buffer);
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.file, bytes, done, bytes.length - done, start + done);
      if (!read) throw new Error(`the file of features ends at ${start + done} bytes`);
      done += read;
    }
    return values;
  }
}

/** A file that has no name any more, so that it is gone with the process, however that ends. */
function openNamelessFile(): number {
  const folder = mkdtempSync(join(tmpdir(), "features-"));
  const file = openSync(join(folder, "features"), "w+");
  rmSync(folder, { recursive: true });
  return file;
}

function budgetOfEnvironment(): number {
  const text = process.env.FRCNN_FEATURE_MIB;
  const mebibytes = text ? Number(text) : DEFAULT_MEBIBYTES;
  if (!(mebibytes >= 0)) throw new Error(`FRCNN_FEATURE_MIB wants a number of MiB from 0 up, not '${text}'`);
  return mebibytes * MEBIBYTE;
}
