/**
 * Reads PyTorch's `.pth` files of both kinds: zip archives (since 1.6) and the stream of pickles
 * before. Only dictionaries of tensors ('state dicts') are read; see pytorch-pickle for why that is
 * safe.
 */
import { readFile } from "node:fs/promises";
import { BYTES_PER_ELEMENT, toFloat32 } from "./element-type";
import { isTensorView, readPickle, type Storage, type TensorView } from "./pytorch-pickle";
import { elementCount, type WeightMap } from "./weight-map";
import { readZip } from "./zip";

/** The number 0x1950a86a20f9469cfc6c as a pickle of protocol 2: how every old file begins. */
const LEGACY_START = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
const ZIP_START = Buffer.from("PK\x03\x04", "latin1");
const LEGACY_PROTOCOL = 1001;
/**
 * Tensors may share storages and have narrow formats, but a file that unfolds to more than this
 * many times its size is an attack.
 */
const LARGEST_EXPANSION = 8;

const REMEDY = "Get the file anew from where it was published, or as .safetensors";

/**
 * The tensors of a PyTorch file by name, as float32. Throws, naming the file, when it is no PyTorch
 * file, truncated, big-endian, holds anything but tensors, or asks for code to be run.
 */
export async function readPyTorch(path: string): Promise<WeightMap> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Error(`cannot read the PyTorch weights ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return parsePyTorch(bytes, path);
}

/** The tensors in the bytes of a PyTorch file; `name` is what errors call it. */
export async function parsePyTorch(bytes: Buffer, name: string): Promise<WeightMap> {
  try {
    if (bytes.subarray(0, ZIP_START.length).equals(ZIP_START)) return await readArchive(bytes);
    if (bytes.subarray(0, LEGACY_START.length).equals(LEGACY_START)) return readLegacy(bytes);
    throw new Error("it does not begin as a PyTorch file does");
  } catch (error) {
    throw new Error(
      `cannot read the PyTorch weights ${name}: ${(error as Error).message}. ${REMEDY}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Pickles of the magic number, the protocol, the machine, the tensors and the storage keys; then
 * each storage's length and numbers.
 */
function readLegacy(bytes: Buffer): WeightMap {
  const protocol = readPickle(bytes, LEGACY_START.length);
  if (protocol.value !== LEGACY_PROTOCOL)
    throw new Error(`its protocol is ${protocol.value} instead of ${LEGACY_PROTOCOL}`);
  const machine = readPickle(bytes, protocol.end);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw new Error("it was written on a big-endian machine; save it again on another");
  }
  const tensors = readPickle(bytes, machine.end);
  const views = tensorViews(tensors.value);
  const keys = readPickle(bytes, tensors.end);
  if (!Array.isArray(keys.value)) throw new Error("its list of storages is missing");

  const storages = storagesOf(views);
  const numbers = new Map<string, Float32Array>();
  const LENGTH_BYTES = 8;
  let position = keys.end;
  checkExpansion(views, bytes.length);
  for (const key of keys.value) {
    const storage = storages.get(key as string);
    if (!storage) throw new Error(`its storage '${key}' belongs to no tensor`);
    const end = position + LENGTH_BYTES + storage.length * BYTES_PER_ELEMENT[storage.type];
    if (end > bytes.length)
      throw new Error(`it ends within the storage '${key}': the file is truncated`);
    const length = bytes.readBigInt64LE(position);
    if (length !== BigInt(storage.length))
      throw new Error(`its storage '${key}' has ${length} numbers instead of ${storage.length}`);
    numbers.set(storage.key, toFloat32(bytes.subarray(position + LENGTH_BYTES, end), storage.type));
    position = end;
  }
  return gather(views, numbers);
}

/** `NAME/data.pkl` describes the tensors; `NAME/data/KEY` holds the numbers of a storage. */
async function readArchive(bytes: Buffer): Promise<WeightMap> {
  const entries = await readZip(bytes);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (!pickleName) throw new Error("the archive holds no data.pkl");
  const folder = pickleName.slice(0, -"data.pkl".length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && (await byteOrder.read()).toString("latin1").trim() !== "little") {
    throw new Error("it was written on a big-endian machine; save it again on another");
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

function tensorViews(value: unknown): Map<string, TensorView> {
  if (!(value instanceof Map))
    throw new Error("it holds no dictionary of tensors; save model.state_dict()");
  for (const [name, tensor] of value) {
    if (typeof name !== "string" || !isTensorView(tensor)) {
      throw new Error(
        `its entry '${nameOf(name)}' is no tensor; save model.state_dict() by itself`,
      );
    }
    const { storage, offset, shape, strides } = tensor;
    const last = shape.reduce((index, side, axis) => index + (side - 1) * strides[axis], offset);
    const count = elementCount(shape);
    // An expanded tensor repeats its numbers and could be of any size; weights never are.
    if (count > storage.length || (count > 0 && last >= storage.length)) {
      throw new Error(
        `its tensor '${name}' [${shape}] reaches beyond its storage of ${storage.length} numbers`,
      );
    }
  }
  return value as Map<string, TensorView>;
}

/** Keys of other dictionaries can be anything, also what cannot be made a text. */
function nameOf(key: unknown): string {
  return typeof key === "string" || typeof key === "number" ? String(key) : typeof key;
}

function storagesOf(views: ReadonlyMap<string, TensorView>): Map<string, Storage> {
  const storages = new Map<string, Storage>();
  for (const { storage } of views.values()) {
    const known = storages.get(storage.key);
    if (known && (known.type !== storage.type || known.length !== storage.length)) {
      throw new Error(`its storage '${storage.key}' is described in two ways`);
    }
    storages.set(storage.key, storage);
  }
  return storages;
}

function checkExpansion(views: ReadonlyMap<string, TensorView>, fileBytes: number): void {
  let total = 0;
  for (const { shape } of views.values())
    total += elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
  // Together, since parts of an archive can lie over one another.
  let stored = 0;
  for (const { type, length } of storagesOf(views).values())
    stored += length * BYTES_PER_ELEMENT[type];
  if (stored > fileBytes) throw new Error("its storages are larger than the file: it is truncated");
  if (total > LARGEST_EXPANSION * fileBytes)
    throw new Error(`its tensors would take ${total} bytes, far more than the file`);
}

/** Copies each view's numbers, in row-by-row order, out of its storage. */
function gather(
  views: ReadonlyMap<string, TensorView>,
  numbers: ReadonlyMap<string, Float32Array>,
): WeightMap {
  const weights: WeightMap = new Map();
  for (const [name, { storage, offset, shape, strides }] of views) {
    const source = numbers.get(storage.key);
    if (!source) throw new Error(`its storage '${storage.key}' is missing`);
    const data = new Float32Array(elementCount(shape));
    const index = new Array<number>(shape.length).fill(0);
    let from = offset;
    for (let to = 0; to < data.length; to++) {
      data[to] = source[from];
      // Count up like an odometer: the last axis first.
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
