/**
 * Reads NIfTI files (NIfTI-1 and NIfTI-2, plain or gzipped). The header is parsed by the library
 * nifti-reader-js; no bytes after the voxels are read.
 */
import { createReadStream } from "fs";
import { open } from "fs/promises";
import { createGunzip } from "zlib";
import type { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { niftiReader } from "./libraries";

/** The header as the library parses it. */
export type NiftiHeader = NIFTI1 | NIFTI2;

/** The header of a file and the voxels of one of its volumes. */
export interface NiftiFile {
  readonly header: NiftiHeader;
  /** The bytes of the volume's voxels; the first axis changes fastest. */
  readonly voxels: DataView;
  /** Number of voxels along the first three axes. */
  readonly shape: readonly [number, number, number];
  readonly type: VoxelType;
  /**
   * The map from voxel indices to space, in the header's units; null if the header has neither an
   * sform nor a qform.
   */
  readonly affine: Affine | null;
}

/** How the numbers of voxels are stored. */
export interface VoxelType {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, little: boolean) => number;
}

/** The types that are read, by their code in the header (nifti1.h, DT_*). */
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

/** The names of the other types. */
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
 * The first byte that voxels can have in NIfTI-1 and NIfTI-2: after the header and the four bytes
 * that announce extensions.
 */
const HEAD_BYTES = { one: 352, two: 544 };
/** Bytes of a volume; no scanner gives more, and a header that claims more would cost memory. */
const MAX_BYTES = 2 ** 30;
/** The first bytes of gzipped files. */
const GZIP = [0x1f, 0x8b];
/** The magic words of headers whose voxels are in another file. */
const PAIR_MAGIC = /^ni[12]/;
/** Positions of the magic word in NIfTI-1 and NIfTI-2. */
const MAGIC_OFFSETS = [344, 4];

/**
 * Reads the header of a NIfTI file and one of its volumes.
 * @param timePoint index of the volume; required if there are several
 * @throws when the file is not NIfTI, is cut short, or its header is invalid; the message does not
 * name the file
 */
export async function readNiftiFile(file: string, timePoint?: number): Promise<NiftiFile> {
  const head = await bytesBetween(file, 0, HEAD_BYTES.two);
  if (MAGIC_OFFSETS.some((at) => PAIR_MAGIC.test(head.toString("latin1", at, at + 3))))
    throw new Error(
      "its voxels are in another file (.img beside .hdr), which is not read; convert it to one .nii file",
    );
  const { header, firstByte } = parseHeader(head);
  const sizes = sizesOf(header);
  const type = TYPES[header.datatypeCode];
  if (!type)
    throw new Error(
      `its voxels are ${OTHER_TYPES[header.datatypeCode] ?? "of an unknown type"} (type ${header.datatypeCode}); only integers and real numbers of up to 64 bits are read`,
    );
  const [width, height = 1, depth = 1, ...more] = sizes;
  const bytes = width * height * depth * type.bytes;
  const start = Math.max(Math.trunc(header.vox_offset), firstByte);
  const claim = `${sizes.join(" x ")} voxels of ${type.bytes} bytes`;
  if (!(bytes <= MAX_BYTES))
    throw new Error(`its header claims ${claim}: more than ${MAX_BYTES} bytes a volume`);
  if (!(start <= MAX_BYTES))
    throw new Error(`its header claims that voxels begin at byte ${header.vox_offset}`);
  const from = start + bytes * chosenVolume(more, timePoint);
  const data = await bytesBetween(file, from, from + bytes);
  if (data.length < bytes)
    throw new Error(
      `it is cut short: its header claims ${claim}, and the last ${bytes - data.length} bytes are missing`,
    );
  return {
    header,
    voxels: new DataView(data.buffer, data.byteOffset, bytes),
    shape: [width, height, depth],
    type,
    affine: affineOf(header, head),
  };
}

/** Number of voxels along each axis of the file. */
function sizesOf({ dims }: NiftiHeader): number[] {
  const rank = dims[0];
  if (!(rank >= 2 && rank <= 7)) throw new Error(`its header claims ${rank} dimensions`);
  const sizes = dims.slice(1, 1 + rank);
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) return sizes;
  throw new Error(`its header claims ${sizes.join(" x ")} voxels`);
}

/**
 * Index of the volume that is read.
 * @param furtherSizes sizes of the axes after the third
 */
function chosenVolume(furtherSizes: readonly number[], timePoint: number | undefined): number {
  const count = furtherSizes.reduce((product, size) => product * size, 1);
  if (timePoint === undefined && count > 1)
    throw new Error(
      `it has ${count} volumes: choose one by its time point, from 0 to ${count - 1}`,
    );
  // In a file of one volume, any time point means that volume.
  if (count === 1) return 0;
  const index = timePoint ?? 0;
  if (Number.isInteger(index) && index >= 0 && index < count) return index;
  throw new Error(
    `it has ${count} volumes, and time point ${index} is not one of 0 to ${count - 1}`,
  );
}

/** Whether a file is gzipped, from its first bytes. */
export function isGzip(head: Uint8Array): boolean {
  return GZIP.every((byte, i) => head[i] === byte);
}

/** Rows x, y and z of a matrix that maps voxel indices to space. */
export type Affine = readonly (readonly [number, number, number, number])[];

/** @returns the header, and the first byte that voxels can have */
function parseHeader(head: Buffer): { header: NiftiHeader; firstByte: number } {
  const { isNIFTI, isNIFTI2, readHeader } = niftiReader();
  const bytes = new Uint8Array(HEAD_BYTES.two);
  bytes.set(head);
  // The library would read extensions, which can be anywhere in the file and are not needed.
  const isSecond = isNIFTI2(bytes.buffer);
  const end = isSecond ? HEAD_BYTES.two : HEAD_BYTES.one;
  bytes.fill(0, end - 4, end);
  const header = head.length >= end - 4 && isNIFTI(bytes.buffer) ? readHeader(bytes.buffer) : null;
  if (header) return { header, firstByte: end };
  throw new Error("it is not a NIfTI file, or it ends within the header");
}

/** Position of the rows of the sform in NIfTI-1. */
const SFORM_OFFSET = 280;

/**
 * The sform, or, if there is none, the qform (nifti1.h, methods 3 and 2): the order of nibabel.
 */
function affineOf(header: NiftiHeader, head: Buffer): Affine | null {
  const { NIFTI2: Second } = niftiReader();
  const rows = (matrix: readonly number[][]) =>
    matrix.slice(0, 3).map((row) => row.slice(0, 4) as [number, number, number, number]);
  if (header.sform_code > 0) {
    if (header instanceof Second) return rows(header.affine);
    // The library has only the qform if its code is higher, so the sform is read here.
    const view = new DataView(head.buffer, head.byteOffset + SFORM_OFFSET);
    const at = (row: number, column: number) =>
      view.getFloat32(4 * (4 * row + column), header.littleEndian);
    return [0, 1, 2].map((row) => [at(row, 0), at(row, 1), at(row, 2), at(row, 3)] as const);
  }
  return header.qform_code > 0 ? rows(header.getQformMat()) : null;
}

/**
 * Bytes `from` to `to` of a file, unpacked if it is gzipped; fewer if the file ends before `to`.
 * Nothing after `to` is unpacked.
 * @throws when a gzipped file is damaged
 */
async function bytesBetween(file: string, from: number, to: number): Promise<Buffer> {
  const isPacked = isGzip(await firstBytes(file, GZIP.length));
  const source = createReadStream(file, isPacked ? {} : { start: from, end: to - 1 });
  const stream = isPacked ? source.pipe(createGunzip()) : source;
  // A pipe does not pass errors on.
  source.on("error", (error) => stream.destroy(error));
  const parts: Buffer[] = [];
  let at = isPacked ? 0 : from;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      const inRange = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
      if (inRange.length) parts.push(inRange);
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

/** The first `count` bytes of a file, not unpacked. */
export async function firstBytes(file: string, count: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
