/**
 * Reads the pickle inside a PyTorch file without running code from it. A pickle is a small program
 * that may call any Python function. Here it can call four functions, which rebuild tensors and
 * dictionaries and are written below; any other name in the file is refused.
 */
import { BufferReader, Parser } from "pickleparser";
import type { ElementType } from "./element-type";

/** A list of numbers; tensors are views of it. */
export interface Storage {
  readonly key: string;
  readonly type: ElementType;
  /** Number of elements. */
  readonly length: number;
}

/** A tensor as the pickle describes it. Offset and strides are in elements of the storage. */
export interface TensorView {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * Bytes. The pickle of ResNet-50 has 46,000; an object of one byte can take 200 bytes of memory.
 */
const MAX_PICKLE = 2 ** 20;
/** Bytes of one text or number. The parser's time grows with the square of its length. */
const MAX_VALUE = 4096;
/**
 * The opcode of a short integer, before its length. The parser prints a warning for each one that a
 * JavaScript number cannot represent.
 */
const LONG1 = 0x8a;
/** Axes of a tensor; convolution kernels have four. */
const MAX_AXES = 8;

/** Number formats of storages by their names in the pickle. */
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
 * The storages and tensors that were checked here. A pickle can set any field of an object, even
 * its prototype, so the fields of an object prove nothing. The objects in these sets are frozen.
 */
const storages = new WeakSet<object>();
const tensorViews = new WeakSet<object>();

/** Whether a value from a pickle is a checked tensor. */
export function isTensorView(value: unknown): value is TensorView {
  return tensorViews.has(value as object);
}

/** The functions that a pickle can call, by their names in Python. */
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
  if (!isChecked || shape.length !== strides.length || shape.length > MAX_AXES) {
    throw new RefusedError("a tensor in the file is not described as PyTorch does");
  }
  // Copies, because the pickle may change its lists later.
  const view = Object.freeze({
    storage: storage as Storage,
    offset,
    shape: Object.freeze([...shape]),
    strides: Object.freeze([...strides]),
  });
  tensorViews.add(view);
  return view;
}

/**
 * Reads one pickle of a file.
 * @param position where it begins
 * @returns its value, and the position after it
 * @throws when it is damaged, too large, or uses a name that is not allowed; the message has the
 * name
 */
export function readPickle(bytes: Uint8Array, position: number): { value: unknown; end: number } {
  const reader = new BoundedReader(bytes.subarray(position));
  const calls = new CallBudget(Math.min(bytes.length - position, MAX_PICKLE));
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
 * The reader of the parser, with limits for lengths. Without them, the parser would accept any
 * length and loop without end on a negative one.
 */
class BoundedReader extends BufferReader {
  constructor(private readonly source: Uint8Array) {
    super(source);
  }

  skip(length: number): void {
    if (!isCount(length)) throw new RefusedError(`its pickle has a value of ${length} bytes`);
    if (this.position + length > MAX_PICKLE)
      throw new RefusedError(
        `its pickle is longer than ${MAX_PICKLE} bytes, and the pickles of weights are much shorter`,
      );
    super.skip(length);
  }

  bytes(length: number): ReturnType<BufferReader["bytes"]> {
    if (length > MAX_VALUE)
      throw new RefusedError(
        `its pickle has a value of ${length} bytes, and the pickles of weights have at most ${MAX_VALUE}`,
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
 * Limits the work that a pickle can cause. In weights, each list is passed to a function once. A
 * short file that passes the same list many times could need any amount of time and memory.
 */
class CallBudget {
  private items = 0;

  /**
   * @param most items that all calls together may receive: each takes at least a byte of the file
   */
  constructor(private readonly most: number) {}

  /** Counts the items of the lists that a call receives. */
  count(values: readonly unknown[]): void {
    for (const value of [values, ...values]) if (Array.isArray(value)) this.items += value.length;
    if (this.items > this.most)
      throw new RefusedError("its pickle uses the same lists again and again");
  }
}

/** Thrown for content that was understood and is not allowed. */
class RefusedError extends Error {}

/** What a name in a pickle means: a function, or the number format of a storage. */
function resolveName(name: string, calls: CallBudget): unknown {
  const allowed = FUNCTIONS.get(name);
  // A new function each time, because a pickle may set fields of the objects that it receives.
  if (allowed) {
    return (...values: unknown[]) => {
      calls.count(values);
      return allowed(...values);
    };
  }
  return Object.hasOwn(STORAGE_TYPES, name) ? STORAGE_TYPES[name] : refuse(`'${name}'`);
}

function refuse(name: string): never {
  throw new RefusedError(
    `it uses ${name}, which plain weights do not; no code of the file was run`,
  );
}

/**
 * The storage of an id `("storage", type, key, location, length)`. In old files there is a sixth
 * item for views, which is null in plain weights.
 */
function resolveStorage(id: unknown): Storage {
  if (!Array.isArray(id) || id[0] !== "storage" || typeof id[2] !== "string" || !isCount(id[4])) {
    throw new RefusedError("a storage in the file is not described as PyTorch does");
  }
  if (id[5] !== undefined && id[5] !== null)
    throw new RefusedError("it has views of storages, which PyTorch no longer has since 1.0");
  const type = Object.values(STORAGE_TYPES).find((candidate) => candidate === id[1]);
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
