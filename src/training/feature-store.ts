/**
 * Stores the features and pixels of many images: in memory up to a budget, and beyond it in a file,
 * so that a large data set does not need a large machine.
 */
import { tmpdir } from "os";
import { tf } from "../tensor/tensorflow";
import { freeBytes, SpillFile } from "../util/spill-file";

const MEBIBYTE = 2 ** 20;
/** Enough for some hundred images. The whole training then takes less than 4 GB. */
const DEFAULT_MEBIBYTES = 2048;

type Shape = tf.Tensor4D["shape"];

/** The stored features of one image, `[1, H, W, C]` for each level. */
export interface StoredFeatures {
  readonly bytes: number;
  readonly isOnDisk: boolean;
  /** Returns the features. Give them back with `release`. */
  load(): readonly tf.Tensor4D[];
  release(features: readonly tf.Tensor4D[]): void;
}

/** The stored pixels of one image. */
export interface StoredPixels {
  load(): Uint8Array;
}

/**
 * Bytes that all stores of the process hold in memory together. The budget is for the process, not
 * for one part of a data set.
 */
let heldBytes = 0;

/** Stores features and pixels in memory up to a budget, and beyond it in a temporary file. */
export class FeatureStore {
  private readonly inMemory: tf.Tensor4D[] = [];
  private memoryBytes = 0;
  private file: SpillFile | null = null;
  /** The shapes of the features on disk: those of all images are equal. */
  private shapes: readonly Shape[] = [];

  /**
   * @param budget bytes in memory: by default `FRCNN_FEATURE_MIB`, or 2048 MiB
   * @param free returns the bytes that are left on the disk of a folder
   */
  constructor(
    private readonly budget = budgetOfEnvironment(),
    private readonly free: (folder: string) => number = freeBytes,
  ) {}

  /**
   * Checks that there is enough space. Call it before much is computed.
   * @param bytes to be stored
   * @param what these bytes are, as the subject of an error message
   * @returns the number of bytes that will go to disk, and the folder
   * @throws when the disk has not enough space
   */
  requireSpace(bytes: number, what: string): { bytes: number; folder: string } {
    const folder = tmpdir();
    const onDisk = Math.max(0, heldBytes + bytes - this.budget);
    const free = onDisk ? this.free(folder) : 0;
    if (onDisk <= free) return { bytes: onDisk, folder };
    throw new Error(
      `${what} need ${describeBytes(bytes)}, of which ${describeBytes(onDisk)} do not fit into memory (FRCNN_FEATURE_MIB is ${Math.floor(this.budget / MEBIBYTE)}), ` +
        `and the disk of ${folder} has ${describeBytes(free)} left: name a folder on a larger disk in TMPDIR, or set augmentation.copies lower`,
    );
  }

  /**
   * Stores the features of an image. The store then owns them: the caller must not dispose them.
   * @throws when the disk is full
   */
  add(features: readonly tf.Tensor4D[]): StoredFeatures {
    const bytes = features.reduce(
      (sum, { size }) => sum + size * Float32Array.BYTES_PER_ELEMENT,
      0,
    );
    if (this.takesInMemory(bytes)) {
      this.inMemory.push(...features);
      return { bytes, isOnDisk: false, load: () => features, release: () => undefined };
    }
    const file = (this.file ??= SpillFile.open());
    const shapes = features.map(({ shape }) => shape);
    if (shapes.join("/") !== this.shapes.join("/")) this.shapes = shapes;
    try {
      const [start] = features.map((tensor) => file.append(tensor.dataSync<"float32">()));
      return new FeaturesOnDisk({ bytes, file, start, shapes: this.shapes });
    } finally {
      tf.dispose([...features]);
    }
  }

  /**
   * Stores the pixels of an image.
   * @throws when the disk is full
   */
  addPixels(pixels: Uint8Array): StoredPixels {
    if (this.takesInMemory(pixels.length)) return { load: () => pixels };
    const file = (this.file ??= SpillFile.open());
    return new PixelsOnDisk(file, file.append(pixels), pixels.length);
  }

  /** Frees the memory and removes the file. */
  dispose(): void {
    tf.dispose(this.inMemory.splice(0));
    this.file?.close();
    this.file = null;
    heldBytes -= this.memoryBytes;
    this.memoryBytes = 0;
  }

  private takesInMemory(bytes: number): boolean {
    if (heldBytes + bytes > this.budget) return false;
    heldBytes += bytes;
    this.memoryBytes += bytes;
    return true;
  }
}

/**
 * The place of an image's pixels in the file. This is a class, because a closure inside `addPixels`
 * would keep the pixels in memory.
 */
class PixelsOnDisk implements StoredPixels {
  constructor(
    private readonly file: SpillFile,
    private readonly start: number,
    private readonly length: number,
  ) {}

  load(): Uint8Array {
    const pixels = new Uint8Array(this.length);
    this.file.read(this.start, pixels);
    return pixels;
  }
}

interface FeaturesPlace {
  readonly bytes: number;
  readonly file: SpillFile;
  /** The byte of the file at which the features begin. */
  readonly start: number;
  readonly shapes: readonly Shape[];
}

/** The place of an image's features in the file: one level after the other, from `start` on. */
class FeaturesOnDisk implements StoredFeatures {
  readonly isOnDisk = true;

  readonly bytes: number;
  private readonly file: SpillFile;
  private readonly start: number;
  private readonly shapes: readonly Shape[];

  constructor({ bytes, file, start, shapes }: FeaturesPlace) {
    this.bytes = bytes;
    this.file = file;
    this.start = start;
    this.shapes = shapes;
  }

  load(): tf.Tensor4D[] {
    let { start } = this;
    return this.shapes.map((shape) => {
      const values = new Float32Array(tf.util.sizeFromShape(shape));
      this.file.read(start, values);
      start += values.byteLength;
      return tf.tensor4d(values, shape);
    });
  }

  release(features: readonly tf.Tensor4D[]): void {
    tf.dispose([...features]);
  }
}

/** Bytes for people to read, such as `11.3 GB` or `420 MB`. */
export function describeBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function budgetOfEnvironment(): number {
  const text = process.env.FRCNN_FEATURE_MIB;
  const mebibytes = text ? Number(text) : DEFAULT_MEBIBYTES;
  if (!(mebibytes >= 0))
    throw new Error(`FRCNN_FEATURE_MIB has to be a number of MiB from 0 up, not '${text}'`);
  return mebibytes * MEBIBYTE;
}
