/**
 * The pickle inside a PyTorch file, read without ever running what it asks for. A pickle is a small program that may call any
 * Python function. Here it may 'call' four, which rebuild tensors and dictionaries and are written below; any other name in the
 * file is refused.
 */
import { BufferReader, Parser } from "pickleparser";
import type { ElementType } from "./element-type";

/** A run of numbers that tensors are views of. */
export interface Storage {
  readonly key: string;
  readonly type: ElementType;
  /** How many numbers. */
  readonly length: number;
}

/** A tensor as the pickle describes it: where its numbers lie in its storage, counted in elements. */
export class TensorView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/** What the names in a pickle may stand for. */
const FUNCTIONS: ReadonlyMap<string, (...values: unknown[]) => unknown> = new Map([
  ["collections.OrderedDict", (pairs: unknown = []) => new Map(pairs as [unknown, unknown][])],
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", (tensor: unknown) => tensor],
]);

function rebuildTensor(...[storage, offset, shape, strides]: unknown[]): TensorView {
  if (
    !isStorage(storage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  ) {
    throw new RefusedError("a tensor in the file is not described as PyTorch does");
  }
  return new TensorView(storage, offset, shape, strides);
}

/** One pickle of a file: its value and the position after it. Throws with the name of anything that it must not use. */
export function readPickle(bytes: Uint8Array, position: number): { value: unknown; end: number } {
  const reader = new BufferReader(bytes.subarray(position));
  const parser = new Parser({
    unpicklingTypeOfDictionary: "Map",
    nameResolver: { resolve: (module, name) => resolveName(`${module}.${name}`) as never },
    persistentResolver: { resolve: (id) => resolveStorage(id) },
    extensionResolver: { resolve: (code) => refuse(`extension ${code}`) },
  });
  try {
    const value = parser.read<unknown>(reader);
    return { value, end: position + reader.position };
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new Error(`its pickle is damaged (${(error as Error).message})`, { cause: error });
  }
}

/** What is in the file is understood, and not taken. */
class RefusedError extends Error {}

function resolveName(name: string): unknown {
  const allowed = FUNCTIONS.get(name);
  // A new function each time, since a pickle may set fields on what it is given.
  if (allowed) return (...values: unknown[]) => allowed(...values);
  return Object.hasOwn(STORAGE_TYPES, name) ? STORAGE_TYPES[name] : refuse(`'${name}'`);
}

function refuse(what: string): never {
  throw new RefusedError(`it asks for ${what}, which is no part of plain weights; nothing of it was run`);
}

/** `("storage", type, key, location, length)`, and in old files a sixth item for views, which is null in plain weights. */
function resolveStorage(id: unknown): Storage {
  if (!Array.isArray(id) || id[0] !== "storage" || typeof id[2] !== "string" || !isCount(id[4])) {
    throw new RefusedError("a storage in the file is not described as PyTorch does");
  }
  if (id[5] !== undefined && id[5] !== null)
    throw new RefusedError("it has views of storages, which PyTorch dropped before 1.0");
  const type = Object.values(STORAGE_TYPES).find((known) => known === id[1]);
  if (!type) throw new RefusedError("a storage in the file has an unknown number format");
  return { key: id[2], type, length: id[4] };
}

function isStorage(value: unknown): value is Storage {
  return typeof value === "object" && value !== null && "key" in value && "type" in value && "length" in value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
