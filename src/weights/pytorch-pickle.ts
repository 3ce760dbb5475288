/**
 * The pickle inside a PyTorch file, read without ever running what it asks for. A pickle is a small
 * program that may call any Python function. Here it may 'call' four, which rebuild tensors and
 * dictionaries and are written below; any other name in the file is refused.
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

/**
 * A tensor as the pickle describes it: where its numbers lie in its storage, counted in elements.
 */
export interface TensorView {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Bytes of a pickle: ResNet-50's has 46,000, and an object of one byte can take 200 in memory. */
const LARGEST_PICKLE = 2 ** 20;
/** Bytes of one text or number, of which the parser's time grows with the square. */
const LARGEST_VALUE = 4096;
/**
 * The opcode of a short number, which stands before its length; the parser prints a warning for
 * each that JavaScript's numbers cannot hold.
 */
const LONG1 = 0x8a;
/** Convolution kernels have four. */
const MOST_AXES = 8;

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

/**
 * The storages and tensors that were made and checked here. A pickle can set any field of an object
 * afterwards, even its prototype, so that what something looks like proves nothing; those here are
 * frozen.
 */
const storages = new WeakSet<object>();
const tensorViews = new WeakSet<object>();

/** Whether a value from a pickle is a tensor that was checked here. */
export function isTensorView(value: unknown): value is TensorView {
  return tensorViews.has(value as object);
}

/** What the names in a pickle may stand for. */
const FUNCTIONS: ReadonlyMap<string, (...values: unknown[]) => unknown> = new Map<
  string,
  (...values: unknown[]) => unknown
>([
  ["collections.OrderedDict", orderedDictionary],
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", (tensor: unknown) => tensor],
]);

function orderedDictionary(pairs: unknown = []): Map<unknown, unknown> {
  if (!Array.isArray(pairs))
    throw new RefusedError("a dictionary in the file is not described as PyTorch does");
  return new Map(pairs as [unknown, unknown][]);
}

function rebuildTensor(...[storage, offset, shape, strides]: unknown[]): TensorView {
  const isChecked =
    storages.has(storage as object) && isCount(offset) && isCounts(shape) && isCounts(strides);
  if (!isChecked || shape.length !== strides.length || shape.length > MOST_AXES) {
    throw new RefusedError("a tensor in the file is not described as PyTorch does");
  }
  // Copies, since the pickle may go on to change its lists.
  const [ownShape, ownStrides] = [Object.freeze([...shape]), Object.freeze([...strides])];
  const view = Object.freeze({
    storage: storage as Storage,
    offset,
    shape: ownShape,
    strides: ownStrides,
  });
  tensorViews.add(view);
  return view;
}

/**
 * One pickle of a file: its value and the position after it. Throws with the name of anything that
 * it must not use.
 */
export function readPickle(bytes: Uint8Array, position: number): { value: unknown; end: number } {
  const reader = new BoundedReader(bytes.subarray(position));
  const calls = new CallBudget(Math.min(bytes.length - position, LARGEST_PICKLE));
  const parser = new Parser({
    unpicklingTypeOfDictionary: "Map",
    nameResolver: { resolve: (module, name) => resolveName(`${module}.${name}`, calls) as never },
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

/**
 * The parser's reader, held to lengths that weights can have: it believes any, and goes back, for
 * ever, where one is negative.
 */
class BoundedReader extends BufferReader {
  constructor(private readonly source: Uint8Array) {
    super(source);
  }

  skip(length: number): void {
    if (!isCount(length)) throw new RefusedError(`its pickle has a value of ${length} bytes`);
    if (this.position + length > LARGEST_PICKLE)
      throw new RefusedError(
        `its pickle is longer than ${LARGEST_PICKLE} bytes, and weights' are far shorter`,
      );
    super.skip(length);
  }

  bytes(length: number): ReturnType<BufferReader["bytes"]> {
    if (length > LARGEST_VALUE)
      throw new RefusedError(
        `its pickle has a value of ${length} bytes, and weights' have at most ${LARGEST_VALUE}`,
      );
    const isNumber = this.source[this.position - 2] === LONG1;
    const value = super.bytes(length);
    if (isNumber && length === 8 && (value[7] || value[6] >= 0x20))
      throw new RefusedError("its pickle has a number that is 2^53 or more");
    return value;
  }

  uint64(): number {
    return this.uint32() + 2 ** 32 * this.uint32();
  }
}

/**
 * A list is given to one function once; given again and again, a short file could ask for any
 * amount of work and memory.
 */
class CallBudget {
  private items = 0;

  /**
   * @param most items that all calls together may be given: each takes a byte of the file at least
   */
  constructor(private readonly most: number) {}

  count(values: readonly unknown[]): void {
    for (const value of [values, ...values]) if (Array.isArray(value)) this.items += value.length;
    if (this.items > this.most)
      throw new RefusedError("its pickle uses the same lists over and over");
  }
}

/** What is in the file is understood, and not taken. */
class RefusedError extends Error {}

function resolveName(name: string, calls: CallBudget): unknown {
  const allowed = FUNCTIONS.get(name);
  // A new function each time, since a pickle may set fields on what it is given.
  if (allowed) {
    return (...values: unknown[]) => {
      calls.count(values);
      return allowed(...values);
    };
  }
  return Object.hasOwn(STORAGE_TYPES, name) ? STORAGE_TYPES[name] : refuse(`'${name}'`);
}

function refuse(what: string): never {
  throw new RefusedError(
    `it asks for ${what}, which is no part of plain weights; nothing of it was run`,
  );
}

/**
 * `("storage", type, key, location, length)`, and in old files a sixth item for views, which is
 * null in plain weights.
 */
function resolveStorage(id: unknown): Storage {
  if (!Array.isArray(id) || id[0] !== "storage" || typeof id[2] !== "string" || !isCount(id[4])) {
    throw new RefusedError("a storage in the file is not described as PyTorch does");
  }
  if (id[5] !== undefined && id[5] !== null)
    throw new RefusedError("it has views of storages, which PyTorch dropped before 1.0");
  const type = Object.values(STORAGE_TYPES).find((known) => known === id[1]);
  if (!type) throw new RefusedError("a storage in the file has an unknown number format");
  const storage = Object.freeze({ key: id[2], type, length: id[4] });
  storages.add(storage);
  return storage;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
