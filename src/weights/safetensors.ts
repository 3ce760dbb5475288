/**
 * The safetensors format: 8 bytes with the header's length, a JSON header with each tensor's type,
 * shape and place, then the numbers. It can hold nothing that runs, and this reader believes
 * nothing in it that the file's size contradicts.
 */
import { readFile } from "node:fs/promises";
import { isRecord } from "../util/record";
import { writeAtomically } from "../util/atomic-write";
import type { CompactWeights } from "./compact";
import { BYTES_PER_ELEMENT, toFloat32, type ElementType } from "./element-type";
import { duplicateName } from "./json-names";
import { elementCount, type WeightMap } from "./weight-map";

const LENGTH_BYTES = 8;
/** The format's own bound. */
const LARGEST_HEADER_BYTES = 100_000_000;
/** Header entry of free texts, which is no tensor. */
const METADATA = "__metadata__";

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

/** A tensor's place, in bytes after the header. */
interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/**
 * The tensors of a safetensors file by name, as float32. Throws, naming file and tensor, when
 * header and size do not fit together.
 */
export async function readSafetensors(path: string): Promise<WeightMap> {
  return parseSafetensors(await readFile(path), path);
}

/** The tensors in the bytes of a safetensors file; `name` is what errors call it. */
export function parseSafetensors(bytes: Buffer, name: string): WeightMap {
  return naming(name, () => {
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
 * The texts that `writeSafetensors` put beside the tensors; empty where there are none. `name` and
 * errors as of `parseSafetensors`.
 */
export function safetensorsMetadata(bytes: Buffer, name: string): Record<string, string> {
  return naming(name, () => parseHeader(bytes).metadata);
}

/** What `read` gives; what it throws names the file. */
function naming<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(
      `${name} is no sound safetensors file: ${(error as Error).message}. Get the file anew.`,
      {
        cause: error,
      },
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
  checkPlaces(entries, data.length);
  const metadata = header[METADATA] ?? {};
  if (!isTexts(metadata)) throw new Error(`its '${METADATA}' is no object of texts`);
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
  if (!isRecord(header)) throw new Error("its header is no JSON object");
  const twice = duplicateName(text);
  if (twice !== null) throw new Error(`its header names '${twice}' twice`);
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
    const given = typeof dtype === "string" ? dtype : typeof dtype;
    throw new Error(
      `'${name}' is of type ${given}, which is none of ${[...ELEMENT_TYPES.keys()].join(", ")}`,
    );
  }
  if (!isCounts(shape)) throw new Error(`'${name}' has no proper shape`);
  if (!isCounts(offsets) || offsets.length !== 2) throw new Error(`'${name}' has no proper place`);
  const [start, end] = offsets;
  if (start > end || end > dataBytes)
    throw new Error(
      `'${name}' lies at bytes ${start} to ${end} of ${dataBytes}: the file is truncated`,
    );
  const expected = elementCount(shape) * BYTES_PER_ELEMENT[type];
  if (end - start !== expected)
    throw new Error(`'${name}' has ${end - start} bytes where its shape wants ${expected}`);
  return { name, type, shape, start, end };
}

/** The format wants every byte to belong to exactly one tensor. */
function checkPlaces(entries: readonly Entry[], dataBytes: number): void {
  let covered = 0;
  let before = "the header";
  for (const { name, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start < covered) throw new Error(`'${before}' and '${name}' overlap`);
    if (start > covered)
      throw new Error(
        `${start - covered} bytes between '${before}' and '${name}' belong to no tensor`,
      );
    covered = end;
    before = name;
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
 * Writes what `formatSafetensors` makes. The file appears complete or not at all; throws when it
 * cannot be written.
 */
export async function writeSafetensors(
  path: string,
  weights: WeightMap | CompactWeights,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeAtomically(path, formatSafetensors(weights, metadata));
}

/**
 * The bytes of a file of weights as 32-bit floats, or as the 8-bit integers they are, with
 * metadata of texts beside them.
 */
export function formatSafetensors(
  weights: WeightMap | CompactWeights,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  // A Map, since in an object the name __proto__ means something else.
  const header = new Map<string, unknown>([[METADATA, metadata]]);
  const parts: Buffer[] = [];
  let offset = 0;
  // The wider numbers first, so that all of them lie at multiples of their size.
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
  // Padding with spaces lets readers map the numbers at a multiple of their size.
  const padding = Buffer.alloc((LENGTH_BYTES - (text.length % LENGTH_BYTES)) % LENGTH_BYTES, " ");
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(text.length + padding.length));
  return Buffer.concat([length, text, padding, ...parts]);
}
