/**
 * Reads PyTorch's `.pth` files of both kinds: zip archives (since PyTorch 1.6) and sequences of
 * pickles (before). Only dictionaries of tensors ('state dicts') are read; pytorch-pickle.ts
 * explains why this is safe.
 */
import { readFile } from "node:fs/promises";
import { requireRegularFile } from "../util/regular-file";
import { BYTES_PER_ELEMENT, toFloat32 } from "./element-type";
import { isTensorView, readPickle, type Storage, type TensorView } from "./pytorch-pickle";
import { elementCount, type WeightMap } from "./weight-map";
import { readZip } from "./zip";

/** The beginning of every old file: the number 0x1950a86a20f9469cfc6c as a pickle of protocol 2. */
const LEGACY_START = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
/** The beginning of a zip archive. */
const ZIP_START = Buffer.from("PK\x03\x04", "latin1");
const LEGACY_PROTOCOL = 1001;
/** Bytes of a storage's length in an old file. */
const LEGACY_LENGTH_BYTES = 8;
/**
 * Tensors may share storages and have narrow number formats. A file whose tensors need more than
 * this many times its size is an attack.
 */
const MAX_EXPANSION = 8;

const REMEDY = "Get the file again from where it was published, or as .safetensors";

/**
 * The tensors of a PyTorch file by name, as float32.
 * @throws when it is not a PyTorch file, is truncated or big-endian, or contains something else
 * than tensors; the message names the file
 */
export async function readPyTorch(path: string): Promise<WeightMap> {
  let bytes: Buffer;
  try {
    requireRegularFile(path);
    bytes = await readFile(path);
  } catch (error) {
    throw new Error(`cannot read the PyTorch weights ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return parsePyTorch(bytes, path);
}

/**
 * The tensors in the bytes of a PyTorch file.
 * @param name of the file, for messages
 * @throws as `readPyTorch` does
 */
export async function parsePyTorch(bytes: Buffer, name: string): Promise<WeightMap> {
  try {
    if (bytes.subarray(0, ZIP_START.length).equals(ZIP_START)) return await readArchive(bytes);
    if (bytes.subarray(0, LEGACY_START.length).equals(LEGACY_START)) return readLegacy(bytes);
    throw new Error("it does not begin like a PyTorch file");
  } catch (error) {
    throw new Error(
      `cannot read the PyTorch weights ${name}: ${(error as Error).message}. ${REMEDY}`,
      { cause: error },
    );
  }
}

/**
 * Reads an old file: pickles of the magic number, the protocol, the machine, the tensors and the
 * keys of storages; then the length and the numbers of each storage.
 */
function readLegacy(bytes: Buffer): WeightMap {
  const protocol = readPickle(bytes, LEGACY_START.length);
  if (protocol.value !== LEGACY_PROTOCOL)
    throw new Error(`its protocol is ${protocol.value} instead of ${LEGACY_PROTOCOL}`);
  const machine = readPickle(bytes, protocol.end);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw new Error("it was written on a big-endian machine; save it again on a little-endian one");
  }
  const tensors = readPickle(bytes, machine.end);
  const views = tensorViews(tensors.value);
  const keys = readPickle(bytes, tensors.end);
  if (!Array.isArray(keys.value)) throw new Error("its list of storages is missing");

  const storages = storagesOf(views);
  const numbers = new Map<string, Float32Array>();
  let position = keys.end;
  checkExpansion(views, bytes.length);
  for (const key of keys.value) {
    const storage = storages.get(key as string);
    if (!storage) throw new Error(`its storage '${key}' belongs to no tensor`);
    const end = position + LEGACY_LENGTH_BYTES + storage.length * BYTES_PER_ELEMENT[storage.type];
    if (end > bytes.length)
      throw new Error(`it ends within the storage '${key}': the file is truncated`);
    const length = bytes.readBigInt64LE(position);
    if (length !== BigInt(storage.length))
      throw new Error(`its storage '${key}' has ${length} numbers instead of ${storage.length}`);
    numbers.set(
      storage.key,
      toFloat32(bytes.subarray(position + LEGACY_LENGTH_BYTES, end), storage.type),
    );
    position = end;
  }
  return gather(views, numbers);
}

/**
 * Reads an archive: `NAME/data.pkl` describes the tensors, `NAME/data/KEY` has the numbers of a
 * storage.
 */
async function readArchive(bytes: Buffer): Promise<WeightMap> {
  const entries = await readZip(bytes);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (!pickleName) throw new Error("the archive has no data.pkl");
  const folder = pickleName.slice(0, -"data.pkl".length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && (await byteOrder.read()).toString("latin1").trim() !== "little") {
    throw new Error("it was written on a big-endian machine; save it again on a little-endian one");
  }
  const views = tensorViews(readPickle(await entries.get(pickleName)!.read(), 0).value);
  checkExpansion(views, bytes.length);
  const numbers = new Map<string, Float32Array>();
  for (const storage of storagesOf(views).values()) {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (!entry) throw new Error(`its storage '${storage.key}' is missing from the archive`);
    const expected = storage.length * BYTES_PER_ELEMENT[storage.type];
    if (entry.size !== expected)
      throw new Error(
        `its storage '${storage.key}' has ${entry.size} bytes instead of ${expected}`,
      );
    numbers.set(storage.key, toFloat32(await entry.read(), storage.type));
  }
  return gather(views, numbers);
}

/** The tensors of a dictionary, checked against the size of their storages. */
function tensorViews(value: unknown): Map<string, TensorView> {
  if (!(value instanceof Map))
    throw new Error("it is not a dictionary of tensors; save model.state_dict()");
  for (const [name, tensor] of value) {
    if (typeof name !== "string" || !isTensorView(tensor)) {
      throw new Error(`its entry '${nameOf(name)}' is not a tensor; save only model.state_dict()`);
    }
    const { storage, offset, shape, strides } = tensor;
    const last = shape.reduce((index, side, axis) => index + (side - 1) * strides[axis], offset);
    const count = elementCount(shape);
    // An expanded tensor repeats its numbers and could have any size; weights are not expanded.
    if (count > storage.length || (count > 0 && last >= storage.length)) {
      throw new Error(
        `its tensor '${name}' [${shape}] reaches beyond its storage of ${storage.length} numbers`,
      );
    }
  }
  return value as Map<string, TensorView>;
}

/** A key as text. Keys of other dictionaries can be values that cannot be converted to text. */
function nameOf(key: unknown): string {
  return typeof key === "string" || typeof key === "number" ? String(key) : typeof key;
}

/** The storages of tensors by their key. */
function storagesOf(views: ReadonlyMap<string, TensorView>): Map<string, Storage> {
  const storages = new Map<string, Storage>();
  for (const { storage } of views.values()) {
    const earlier = storages.get(storage.key);
    if (earlier && (earlier.type !== storage.type || earlier.length !== storage.length)) {
      throw new Error(`its storage '${storage.key}' has two different descriptions`);
    }
    storages.set(storage.key, storage);
  }
  return storages;
}

/** @throws when the storages are larger than the file, or the tensors need much more memory */
function checkExpansion(views: ReadonlyMap<string, TensorView>, fileBytes: number): void {
  let total = 0;
  for (const { shape } of views.values())
    total += elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
  // The sum is checked, because entries of an archive can overlap.
  let stored = 0;
  for (const { type, length } of storagesOf(views).values())
    stored += length * BYTES_PER_ELEMENT[type];
  if (stored > fileBytes) throw new Error("its storages are larger than the file: it is truncated");
  if (total > MAX_EXPANSION * fileBytes)
    throw new Error(`its tensors need ${total} bytes, much more than the file`);
}

/** Whether the numbers of a tensor follow each other, the last axis fastest. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

/** Copies the numbers of each tensor, row by row, from its storage. */
function gather(
  views: ReadonlyMap<string, TensorView>,
  numbers: ReadonlyMap<string, Float32Array>,
): WeightMap {
  const weights: WeightMap = new Map();
  for (const [name, { storage, offset, shape, strides }] of views) {
    const source = numbers.get(storage.key);
    if (!source) throw new Error(`its storage '${storage.key}' is missing`);
    const count = elementCount(shape);
    if (isRowMajor(shape, strides)) {
      weights.set(name, { shape, data: source.slice(offset, offset + count) });
      continue;
    }
    const data = new Float32Array(count);
    const index = new Array<number>(shape.length).fill(0);
    let from = offset;
    for (let to = 0; to < data.length; to++) {
      data[to] = source[from];
      // Increments the index; the last axis changes fastest.
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++index[axis] < shape[axis]) break;
        from -= strides[axis] * shape[axis];
        index[axis] = 0;
      }
    }
    weights.set(name, { shape, data });
  }
  return weights;
}
