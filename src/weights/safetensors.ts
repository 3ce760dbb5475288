/**
 * Reads and writes the safetensors format: 8 bytes with the length of the header, a JSON header
 * with the type, shape and position of each tensor, then the numbers. The format cannot contain
 * code, and this reader checks the header against the size of the file.
 */
import { isRecord } from "../util/record";
import { writeAtomically } from "../util/atomic-write";
import { readRegularFile } from "../util/regular-file";
import type { CompactWeights } from "./compact";
import { BYTES_PER_ELEMENT, toFloat32, type ElementType } from "./element-type";
import { duplicateName } from "./json-names";
import { elementCount, type WeightMap } from "./weight-map";

/** Bytes of the header's length. */
const LENGTH_BYTES = 8;
/** The limit of the format. */
const LARGEST_HEADER_BYTES = 100_000_000;
/** The entry of the header that contains texts, not a tensor. */
const METADATA = "__metadata__";

/** Number formats by their names in the header. */
const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map([
  ["F64", "float64"],
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

/** A tensor of the header; `start` and `end` are bytes after the header. */
interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/**
 * The tensors of a safetensors file by name, as float32.
 * @throws when the header is invalid or contradicts the size of the file; the message names the
 * file and the tensor
 */
export async function readSafetensors(path: string): Promise<WeightMap> {
  return parseSafetensors(await readRegularFile(path), path);
}

/**
 * The tensors in the bytes of a safetensors file.
 * @param name of the file, for messages
 * @throws as `readSafetensors` does
 */
export function parseSafetensors(bytes: Buffer, name: string): WeightMap {
  return withName(name, () => {
    const { entries, data } = parseHeader(bytes);
    return new Map(
      entries.map(({ name, type, shape, start, end }) => [
        name,
        { shape, data: toFloat32(data.subarray(start, end), type) },
      ]),
    );
  });
}

/**
 * The metadata in the bytes of a safetensors file; empty if there is none.
 * @param name of the file, for messages
 * @throws as `readSafetensors` does
 */
export function safetensorsMetadata(bytes: Buffer, name: string): Record<string, string> {
  return withName(name, () => parseHeader(bytes).metadata);
}

/** Calls `read`, and adds the file's name to what it throws. */
function withName<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(
      `${name} is not a valid safetensors file: ${(error as Error).message}. Get the file again.`,
      { cause: error },
    );
  }
}

function parseHeader(bytes: Buffer): {
  metadata: Record<string, string>;
  entries: Entry[];
  data: Buffer;
} {
  if (bytes.length < LENGTH_BYTES) throw new Error(`it has ${bytes.length} bytes`);
  const headerBytes = bytes.readBigUInt64LE(0);
  if (headerBytes > LARGEST_HEADER_BYTES || headerBytes > bytes.length - LENGTH_BYTES) {
    throw new Error(`its header claims ${headerBytes} bytes of a file of ${bytes.length}`);
  }
  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const header = parseObject(bytes.subarray(LENGTH_BYTES, dataStart));
  const data = bytes.subarray(dataStart);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => parseEntry(name, entry, data.length));
  checkPositions(entries, data.length);
  const metadata = header[METADATA] ?? {};
  if (!isTexts(metadata)) throw new Error(`its '${METADATA}' is not an object of texts`);
  return { metadata, entries, data };
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("its header is not UTF-8");
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw new Error("its header is not JSON");
  }
  if (!isRecord(header)) throw new Error("its header is not a JSON object");
  const duplicate = duplicateName(text);
  if (duplicate !== null) throw new Error(`its header has the name '${duplicate}' twice`);
  return header;
}

function parseEntry(name: string, value: unknown, dataBytes: number): Entry {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  }: Record<string, unknown> = isRecord(value) ? value : {};
  const type = typeof dtype === "string" ? ELEMENT_TYPES.get(dtype) : undefined;
  if (!type) {
    const typeName = typeof dtype === "string" ? dtype : typeof dtype;
    throw new Error(
      `'${name}' has the type ${typeName}, which is not one of ${[...ELEMENT_TYPES.keys()].join(", ")}`,
    );
  }
  if (!isCounts(shape)) throw new Error(`'${name}' has no valid shape`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw new Error(`'${name}' has no valid position`);
  const [start, end] = offsets;
  if (start > end || end > dataBytes)
    throw new Error(
      `'${name}' has the bytes ${start} to ${end} of ${dataBytes}: the file is truncated`,
    );
  const expected = elementCount(shape) * BYTES_PER_ELEMENT[type];
  if (end - start !== expected)
    throw new Error(`'${name}' has ${end - start} bytes, and its shape needs ${expected}`);
  return { name, type, shape, start, end };
}

/** Checks that each byte belongs to exactly one tensor, as the format requires. */
function checkPositions(entries: readonly Entry[], dataBytes: number): void {
  let covered = 0;
  let previous = "the header";
  for (const { name, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start < covered) throw new Error(`'${previous}' and '${name}' overlap`);
    if (start > covered)
      throw new Error(
        `${start - covered} bytes between '${previous}' and '${name}' belong to no tensor`,
      );
    covered = end;
    previous = name;
  }
  if (covered < dataBytes)
    throw new Error(`${dataBytes - covered} bytes at its end belong to no tensor`);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === "string");
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/**
 * Writes a safetensors file. If it cannot be written, there is no incomplete file.
 * @throws when it cannot be written
 */
export async function writeSafetensors(
  path: string,
  weights: WeightMap | CompactWeights,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeAtomically(path, formatSafetensors(weights, metadata));
}

/**
 * The bytes of a safetensors file.
 * @param weights floats are written as 32 bits, integers as 8 bits
 * @param metadata texts that are stored beside the tensors
 */
export function formatSafetensors(
  weights: WeightMap | CompactWeights,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  // A Map, because in an object the name __proto__ has another meaning.
  const header = new Map<string, unknown>([[METADATA, metadata]]);
  const parts: Buffer[] = [];
  let offset = 0;
  // The wider numbers first, so that each number is at a multiple of its size.
  const sorted = [...weights].sort(
    (a, b) => b[1].data.BYTES_PER_ELEMENT - a[1].data.BYTES_PER_ELEMENT,
  );
  for (const [name, { shape, data }] of sorted) {
    const dtype = data instanceof Int8Array ? "I8" : "F32";
    header.set(name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] });
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // Padded with spaces, so that readers can map the numbers at a multiple of their size.
  const padding = Buffer.alloc((LENGTH_BYTES - (text.length % LENGTH_BYTES)) % LENGTH_BYTES, " ");
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(text.length + padding.length));
  return Buffer.concat([length, text, padding, ...parts]);
}
