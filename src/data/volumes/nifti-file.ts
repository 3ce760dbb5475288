/**
 * NIfTI files (NIfTI-1 and NIfTI-2, plain or gzip): their header by the library nifti-reader-js,
 * and no more bytes than the header accounts for.
 */
import { createReadStream } from "fs";
import { open } from "fs/promises";
import { createGunzip } from "zlib";
import type { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { niftiReader } from "./libraries";

export type NiftiHeader = NIFTI1 | NIFTI2;

export interface NiftiFile {
  readonly header: NiftiHeader;
  /** Of the chosen volume, from its first voxel to its last: the first axis runs fastest. */
  readonly voxels: DataView;
  /** Along the first three axes. */
  readonly shape: readonly [number, number, number];
  readonly type: VoxelType;
  /**
   * From voxel indices to the header's units, three rows of four; null where the header has
   * neither sform nor qform.
   */
  readonly affine: Affine | null;
}

export interface VoxelType {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, little: boolean) => number;
}

/** Types by their code in the header (nifti1.h, DT_*). */
const TYPES: Readonly<Record<number, VoxelType>> = {
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  4: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  8: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  16: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  256: { bytes: 1, read: (view, at) => view.getInt8(at) },
  512: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  768: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  1024: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  1280: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
};

const OTHER_TYPES: Readonly<Record<number, string>> = {
  1: "single bits",
  32: "complex numbers",
  128: "RGB colors",
  1536: "real numbers of 128 bits",
  1792: "complex numbers",
  2048: "complex numbers",
  2304: "RGBA colors",
};

/**
 * Where voxels begin at the earliest in NIfTI-1 and NIfTI-2: behind the header and four bytes that
 * announce extensions.
 */
const HEAD_BYTES = { one: 352, two: 544 };
/** A larger volume than scanners give: a header that claims one would only cost memory. */
const MAX_BYTES = 2 ** 30;
const GZIP = [0x1f, 0x8b];
/**
 * NIfTI's magic words of a file that holds header and voxels; `ni1` and `ni2` are headers whose
 * voxels are in another file.
 */
const PAIR_MAGIC = /^ni[12]/;
/** Where the magic word is, in version 1 and 2. */
const MAGIC_OFFSETS = [344, 4];

/**
 * Reads a NIfTI file's header and one of its volumes.
 * @param timePoint which volume of a file with more than three dimensions, from 0; has to be given
 * where there are several
 * @throws without naming the file, when it is none, is cut short, or claims what cannot be
 */
export async function readNiftiFile(file: string, timePoint?: number): Promise<NiftiFile> {
  const head = await bytesBetween(file, 0, HEAD_BYTES.two);
  if (MAGIC_OFFSETS.some((at) => PAIR_MAGIC.test(head.toString("latin1", at, at + 3))))
    throw new Error(
      "its voxels are in another file (.img beside .hdr), which is not read; convert it to one .nii file",
    );
  const { header, least } = parseHeader(head);
  const sizes = sizesOf(header);
  const type = TYPES[header.datatypeCode];
  if (!type)
    throw new Error(
      `its voxels are ${OTHER_TYPES[header.datatypeCode] ?? "of an unknown type"} (type ${header.datatypeCode}); only integers and real numbers of up to 64 bits are read`,
    );
  const [width, height = 1, depth = 1, ...more] = sizes;
  const bytes = width * height * depth * type.bytes;
  const start = Math.max(Math.trunc(header.vox_offset), least);
  const said = `${sizes.join(" x ")} voxels of ${type.bytes} bytes`;
  if (!(bytes <= MAX_BYTES))
    throw new Error(`its header claims ${said}: more than ${MAX_BYTES} bytes a volume`);
  if (!(start <= MAX_BYTES))
    throw new Error(`its header claims that voxels begin at byte ${header.vox_offset}`);
  const from = start + bytes * chosenVolume(more, timePoint);
  const data = await bytesBetween(file, from, from + bytes);
  if (data.length < bytes)
    throw new Error(
      `it is cut short: its header claims ${said}, and the last ${bytes - data.length} bytes are missing`,
    );
  return {
    header,
    voxels: new DataView(data.buffer, data.byteOffset, bytes),
    shape: [width, height, depth],
    type,
    affine: affineOf(header, head),
  };
}

function sizesOf({ dims }: NiftiHeader): number[] {
  const rank = dims[0];
  if (!(rank >= 2 && rank <= 7)) throw new Error(`its header claims ${rank} dimensions`);
  const sizes = dims.slice(1, 1 + rank);
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) return sizes;
  throw new Error(`its header claims ${sizes.join(" x ")} voxels`);
}

function chosenVolume(more: readonly number[], timePoint: number | undefined): number {
  const count = more.reduce((product, size) => product * size, 1);
  if (timePoint === undefined && count > 1)
    throw new Error(
      `it holds ${count} volumes: choose one by its time point, from 0 to ${count - 1}`,
    );
  const chosen = timePoint ?? 0;
  // A file of one volume is not asked which.
  if (count === 1) return 0;
  if (Number.isInteger(chosen) && chosen >= 0 && chosen < count) return chosen;
  throw new Error(
    `it holds ${count} volumes, and time point ${chosen} is none of 0 to ${count - 1}`,
  );
}

/** Whether the bytes begin like gzip. */
export function isGzip(head: Uint8Array): boolean {
  return GZIP.every((byte, i) => head[i] === byte);
}

/** Rows x, y and z of the map from voxel indices to space. */
export type Affine = readonly (readonly [number, number, number, number])[];

function parseHeader(head: Buffer): { header: NiftiHeader; least: number } {
  const { isNIFTI, isNIFTI2, readHeader } = niftiReader();
  const bytes = new Uint8Array(HEAD_BYTES.two);
  bytes.set(head);
  // The library follows extensions through the whole file; nothing here needs any.
  const isSecond = isNIFTI2(bytes.buffer);
  const end = isSecond ? HEAD_BYTES.two : HEAD_BYTES.one;
  bytes.fill(0, end - 4, end);
  const header = head.length >= end - 4 && isNIFTI(bytes.buffer) ? readHeader(bytes.buffer) : null;
  if (header) return { header, least: end };
  throw new Error("it is no NIfTI file, or ends within the header");
}

/** Where the rows of the sform begin in NIfTI-1. */
const SFORM_OFFSET = 280;

/**
 * The sform where there is one, else the qform (nifti1.h, methods 3 and 2), in the order that
 * nibabel has.
 */
function affineOf(header: NiftiHeader, head: Buffer): Affine | null {
  const { NIFTI2: Second } = niftiReader();
  const rows = (matrix: readonly number[][]) =>
    matrix.slice(0, 3).map((row) => row.slice(0, 4) as [number, number, number, number]);
  if (header.sform_code > 0) {
    if (header instanceof Second) return rows(header.affine);
    // The library keeps the qform alone when its code is the higher one.
    const view = new DataView(head.buffer, head.byteOffset + SFORM_OFFSET);
    const at = (row: number, column: number) =>
      view.getFloat32(4 * (4 * row + column), header.littleEndian);
    return [0, 1, 2].map((row) => [at(row, 0), at(row, 1), at(row, 2), at(row, 3)] as const);
  }
  return header.qform_code > 0 ? rows(header.getQformMat()) : null;
}

/**
 * Bytes `from` to `to` of a file, unpacked where it is packed, and nothing behind them. Fewer when
 * the file ends. Throws when a packed file is damaged.
 */
async function bytesBetween(file: string, from: number, to: number): Promise<Buffer> {
  const isPacked = isGzip(await firstOf(file, GZIP.length));
  const source = createReadStream(file, isPacked ? {} : { start: from, end: to - 1 });
  const stream = isPacked ? source.pipe(createGunzip()) : source;
  // Pipes do not hand on errors.
  source.on("error", (error) => stream.destroy(error));
  const parts: Buffer[] = [];
  let at = isPacked ? 0 : from;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      const wanted = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
      if (wanted.length) parts.push(wanted);
      at += part.length;
      if (at >= to) break;
    }
  } catch (error) {
    throw new Error(
      `it cannot be read to its end, it is damaged or cut short: ${(error as Error).message}`,
    );
  } finally {
    source.destroy();
  }
  return Buffer.concat(parts);
}

/** The first bytes of a file as they are. */
export async function firstOf(file: string, count: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
