/** Reads the MATLAB 7.3 files of figshare's brain tumor set, which are HDF5 files. */
import type { Dataset, File as Hdf5File, Group } from "h5wasm";
import { MAX_SIDE } from "../../image";
import { shortened } from "../../checks";
import { readBytes, UnreadableFile } from "../../read-file";
import type { Size } from "../shared/described-image";
import loadH5wasm from "./load-h5wasm.cjs";

/** Bytes; a slice of 512 x 512 pixels has less than one megabyte. */
const MAX_BYTES = 100_000_000;
/** The structure that a file has. */
const STRUCTURE = "cjdata";
/** Characters of the longest patient number. */
const MAX_PATIENT = 100;
const MAX_REASON = 120;

/** A matrix, row by row. */
export interface Matrix extends Size {
  readonly values: Float32Array;
}

/** The content of a file without the pixels of its image. */
export interface TumorLabels {
  readonly label: number;
  /** The patient's number; null if it is empty. */
  readonly patient: string | null;
  readonly mask: Matrix;
}

/**
 * Reads the image of a file.
 * @throws UnreadableFile when the file or its image cannot be read
 */
export function readImage(path: string): Promise<Matrix> {
  return withStructure(path, (structure) => matrixOf(structure, "image"));
}

/**
 * Reads the class, the patient and the mask of a file.
 * @throws UnreadableFile when one of them cannot be read
 */
export function readLabels(path: string): Promise<TumorLabels> {
  return withStructure(path, (structure) => ({
    label: labelOf(structure),
    patient: patientOf(structure),
    mask: matrixOf(structure, "tumorMask"),
  }));
}

/** Opens a file, reads its structure, and closes it. */
async function withStructure<T>(path: string, read: (structure: Group) => T): Promise<T> {
  // The file must be a file, and not too large.
  await readBytes(path, MAX_BYTES);
  const h5wasm = await loadH5wasm();
  const library = await h5wasm.ready;
  // Otherwise the C library prints its errors, and returns nothing.
  library.activate_throwing_error_handler();
  let file: Hdf5File | null = null;
  const release = allowOnly(path, library.FS);
  try {
    file = new h5wasm.File(path, "r");
    const structure = file.get(STRUCTURE);
    if (!structure || !("get" in structure))
      throw new UnreadableFile(`it has no structure ${STRUCTURE}`);
    return read(structure);
  } catch (error) {
    throw error instanceof UnreadableFile ? error : new UnreadableFile(reasonOf(error as Error));
  } finally {
    close(file);
    release();
  }
}

/** The part of the library's file system that opens files. */
interface FileSystem {
  open: (path: string, ...more: never[]) => unknown;
}

/**
 * Lets the library open one file only. An HDF5 file can name any other file as the place of its
 * numbers, so that a hostile one would put the bytes of that file into an image.
 * @returns ends the restriction
 */
function allowOnly(path: string, system: FileSystem): () => void {
  const { open } = system;
  system.open = (wanted, ...more) => {
    if (wanted === path) return open(wanted, ...more);
    throw new UnreadableFile(`it names another file, ${shortened(wanted)}, which is not read`);
  };
  return () => {
    system.open = open;
  };
}

function close(file: Hdf5File | null): void {
  try {
    file?.close();
  } catch {
    // A damaged file that was read, or was refused for another reason.
  }
}

/** What the C library says at the end of its message: the innermost error. */
function reasonOf({ message }: Error): string {
  const lines = Array.from(message.matchAll(/#\d+: .* in \w+\(\): (.*)/g), ([, reason]) => reason);
  return (lines.at(-1) ?? message.split("\n")[0]).slice(0, MAX_REASON);
}

/** A dataset of numbers with at most as many of them as are given. */
function numbersOf(
  structure: Group,
  name: string,
  most: number,
): { shape: number[]; data: Dataset } {
  const data = structure.get(name);
  if (!data || !("value" in data)) throw new UnreadableFile(`it has no ${STRUCTURE}.${name}`);
  const { shape, dtype } = data;
  if (!shape || typeof dtype !== "string" || !/^[<>|]?[bBhHiIqQfd]$/.test(dtype))
    throw new UnreadableFile(`its ${name} is not a matrix of numbers`);
  if (!shape.length || shape.reduce((product, side) => product * side, 1) > most)
    throw new UnreadableFile(`its ${name} has the size ${shape.join(" x ") || "1"}`);
  return { shape, data };
}

/** The values of a dataset as numbers. */
function valuesOf(data: Dataset, name: string): Float32Array {
  const { value } = data;
  if (!ArrayBuffer.isView(value))
    throw new UnreadableFile(`its ${name} is not a matrix of numbers`);
  return Float32Array.from(value as unknown as ArrayLike<number | bigint>, Number);
}

/** A matrix. MATLAB stores columns one after the other. */
function matrixOf(structure: Group, name: string): Matrix {
  const { shape, data } = numbersOf(structure, name, MAX_SIDE ** 2);
  const [width, height] = shape;
  if (shape.length !== 2 || Math.max(width, height) > MAX_SIDE || !Math.min(width, height))
    throw new UnreadableFile(`its ${name} has the size ${shape.join(" x ")}`);
  const columns = valuesOf(data, name);
  const values = new Float32Array(columns.length);
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) values[y * width + x] = columns[x * height + y];
  return { width, height, values };
}

function labelOf(structure: Group): number {
  const { data } = numbersOf(structure, "label", 1);
  return valuesOf(data, "label")[0];
}

/** A MATLAB text: one number for each character. */
function patientOf(structure: Group): string | null {
  const { data } = numbersOf(structure, "PID", MAX_PATIENT);
  return String.fromCharCode(...valuesOf(data, "PID")).trim() || null;
}
