/**
 * Writes pickles and PyTorch files by hand, opcode by opcode, so that a single value can be wrong.
 */

/** Opcodes as text: each character is a byte. */
export type Opcodes = string;

export const END = ".";
export const EMPTY_TUPLE = ")";
export const REDUCE = "R";
export const BUILD = "b";
export const MARK = "(";

/** An unsigned number in `length` bytes, little-endian. */
export function bytesOf(value: number | bigint, length: number): Opcodes {
  let rest = BigInt.asUintN(8 * length, BigInt(value));
  let text = "";
  for (let i = 0; i < length; i++, rest >>= 8n) text += String.fromCharCode(Number(rest & 0xffn));
  return text;
}

/** A function or class by its name. */
export function named(module: string, name: string): Opcodes {
  return `c${module}\n${name}\n`;
}

/** A text. */
export function text(value: string): Opcodes {
  const bytes = Buffer.from(value, "utf8");
  return `X${bytesOf(bytes.length, 4)}${bytes.toString("latin1")}`;
}

/** An integer of four bytes, or of eight if four are not enough. */
export function int(value: number): Opcodes {
  return value === (value | 0) ? `J${bytesOf(value, 4)}` : `\x8a\x08${bytesOf(BigInt(value), 8)}`;
}

/** A tuple. */
export function tuple(...items: readonly Opcodes[]): Opcodes {
  return `${MARK}${items.join("")}t`;
}

/** A dictionary with texts as keys. */
export function dictionary(entries: Readonly<Record<string, Opcodes>>): Opcodes {
  const pairs = Object.entries(entries).map(([name, value]) => text(name) + value);
  return `}${MARK}${pairs.join("")}u`;
}

/** How a tensor is described. */
export interface TensorPlan {
  readonly key?: string;
  /** Number of elements of the storage. */
  readonly length?: number;
  readonly type?: string;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor as PyTorch describes it. By default it has the two numbers of storage 0. */
export function tensor({
  key = "0",
  length = 2,
  type = "FloatStorage",
  offset = 0,
  shape = [2],
  strides = [1],
}: TensorPlan = {}): Opcodes {
  const storage = `${tuple(text("storage"), named("torch", type), text(key), text("cpu"), int(length))}Q`;
  const sides = (values: readonly number[]) => tuple(...values.map(int));
  return (
    named("torch._utils", "_rebuild_tensor_v2") +
    tuple(storage, int(offset), sides(shape), sides(strides)) +
    REDUCE
  );
}

/** The bytes of a pickle. */
export function pickle(opcodes: Opcodes): Buffer {
  return Buffer.from(`\x80\x02${opcodes}${END}`, "latin1");
}

/**
 * A file of the old kind.
 * @param storages float32 numbers by the key of their storage
 */
export function legacyFile(
  tensors: Opcodes,
  storages: Readonly<Record<string, readonly number[]>>,
): Buffer {
  const magic = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
  const machine = dictionary({ protocol_version: int(1001), little_endian: "\x88" });
  const keys = `]${MARK}${Object.keys(storages).map(text).join("")}e`;
  const numbers = Object.values(storages).flatMap((values) => [
    Buffer.from(bytesOf(values.length, 8), "latin1"),
    Buffer.from(Float32Array.from(values).buffer),
  ]);
  return Buffer.concat([
    magic,
    pickle(int(1001)),
    pickle(machine),
    pickle(tensors),
    pickle(keys),
    ...numbers,
  ]);
}
