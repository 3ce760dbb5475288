/**
 * Reads headers of NIfTI files (NIfTI-1, NIfTI-2 and ANALYZE 7.5; one file or a pair; plain or
 * gzipped). The header is parsed by the library nifti-reader-js.
 */
import { ANALYZE_NOTE, analyzeAsNifti, analyzeByteOrder, analyzeDirections } from "./analyze";
import { bytesBetween } from "../file-bytes";
import type { Affine, Vector } from "../geometry";
import { niftiReader } from "../libraries";
import { chooseAffine, NO_POSITION, type NiftiHeader } from "./affine";
import { niftiPaths, partnerName } from "./pair";

/** The header of a NIfTI file. */
export interface NiftiFile {
  /** The file with the header. */
  readonly file: string;
  /** The file with the voxels; the same file unless they are a pair. */
  readonly image: string;
  readonly header: NiftiHeader;
  /** Position of the first voxel in the unpacked file, in bytes. */
  readonly start: number;
  /** Number of voxels along the first three axes. */
  readonly shape: readonly [number, number, number];
  /** Number of volumes of this shape. */
  readonly count: number;
  readonly type: VoxelType;
  /** The map from voxel indices to space in millimeters; null if the header has no valid one. */
  readonly affine: Affine | null;
  /** The directions and the spacing of the axes; without a position, what is assumed of them. */
  readonly axes: Affine;
  /** Whether the header has the spacing. */
  readonly hasSpacing: boolean;
  /** Remarks on what is left out or assumed, in sentences. */
  readonly notes: readonly string[];
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
/** Bytes that announce extensions; a header of a pair can lack them. */
const EXTENSION_BYTES = 4;
/** Bytes of a volume; no scanner gives more, and a header that claims more would cost memory. */
const MAX_BYTES = 2 ** 30;
/** Volumes of a file; no scanner gives more, and a header that claims more would cost memory. */
const MAX_VOLUMES = 2 ** 16;
/** The magic words of headers whose voxels are in another file. */
const PAIR_MAGIC = /^ni[12]/;
/** Positions of the magic word in NIfTI-1 and NIfTI-2. */
const MAGIC_OFFSETS = [344, 4];
/** Bytes at the beginning of a file that show whether it is NIfTI. */
export const NIFTI_HEAD_BYTES = HEAD_BYTES.two;

/** Whether the unpacked first bytes are those of a NIfTI file that is not a pair. */
export function isNiftiHead(head: Buffer): boolean {
  const { isNIFTI } = niftiReader();
  return isNIFTI(paddedHead(head));
}

/** Whether the unpacked first bytes are those of the header of a NIfTI or ANALYZE pair. */
export function isPairHead(head: Buffer): boolean {
  return isPairMagic(head) || analyzeByteOrder(head) !== null;
}

function isPairMagic(head: Buffer): boolean {
  return MAGIC_OFFSETS.some((at) => PAIR_MAGIC.test(head.toString("latin1", at, at + 3)));
}

/**
 * Reads the header of a NIfTI file.
 * @param file the file, or one of the two files of a pair
 * @throws when the file is not NIfTI, or its header is invalid; the message does not name the file
 */
export async function readNiftiHeader(file: string): Promise<NiftiFile> {
  const paths = niftiPaths(file);
  if (!paths)
    throw new Error(
      `it is one file of a pair, and the other one, ${partnerName(file)}, is missing`,
    );
  const head = await bytesBetween(paths.header, 0, HEAD_BYTES.two);
  const isPair = paths.header !== paths.image;
  if (!isPair && isPairMagic(head))
    throw new Error(
      "its voxels are in another file, which is missing: a pair has the endings .hdr and .img",
    );
  const isAnalyze = isPair && analyzeByteOrder(head) !== null;
  const { header, firstByte } = parseHeader(isAnalyze ? analyzeAsNifti(head) : head);
  const type = TYPES[header.datatypeCode];
  if (!type)
    throw new Error(
      `its voxels are ${OTHER_TYPES[header.datatypeCode] ?? "of an unknown type"} (type ${header.datatypeCode}); only integers and real numbers of up to 64 bits are read`,
    );
  const sizes = sizesOf(header);
  const [width, height = 1, depth = 1, ...more] = sizes;
  const bytes = width * height * depth * type.bytes;
  if (!(bytes <= MAX_BYTES))
    throw new Error(
      `its header claims ${claimOf(header, type)}: more than ${MAX_BYTES} bytes a volume`,
    );
  const count = more.reduce((product, size) => product * size, 1);
  if (!(count <= MAX_VOLUMES))
    throw new Error(
      `its header claims ${sizes.join(" x ")} voxels: more than ${MAX_VOLUMES} volumes`,
    );
  const isSeparate = isPair && !isNiftiHead(head);
  const start = Math.max(Math.trunc(header.vox_offset), isSeparate ? 0 : firstByte);
  if (!(start <= MAX_BYTES))
    throw new Error(`its header claims that voxels begin at byte ${header.vox_offset}`);
  const shape = [width, height, depth] as const;
  return {
    file: paths.header,
    image: isSeparate ? paths.image : paths.header,
    header,
    start,
    shape,
    count,
    type,
    ...geometryOf(header, head, { shape, isAnalyze }),
  };
}

/** The sizes that a header claims, for messages. */
export function claimOf(header: NiftiHeader, type: VoxelType): string {
  return `${sizesOf(header).join(" x ")} voxels of ${type.bytes} bytes`;
}

function geometryOf(
  header: NiftiHeader,
  head: Buffer,
  { shape, isAnalyze }: { readonly shape: NiftiFile["shape"]; readonly isAnalyze: boolean },
): Pick<NiftiFile, "affine" | "axes" | "hasSpacing" | "notes"> {
  const { affine, spacing, notes } = chooseAffine(header, head, shape);
  const sides: Vector = spacing ?? [1, 1, 1];
  const hasSpacing = spacing !== null;
  if (!isAnalyze) return { affine, axes: affine ?? straightAxes(sides), hasSpacing, notes };
  return {
    affine: null,
    axes: analyzeDirections(head, sides),
    hasSpacing,
    notes: [ANALYZE_NOTE, ...notes.filter((note) => note !== NO_POSITION)],
  };
}

/** Axes to the right, the front and the head (nifti1.h, method 1). */
function straightAxes([dx, dy, dz]: Vector): Affine {
  return [
    [dx, 0, 0, 0],
    [0, dy, 0, 0],
    [0, 0, dz, 0],
  ];
}

/** Number of voxels along each axis of the file. */
function sizesOf({ dims }: NiftiHeader): number[] {
  const rank = dims[0];
  if (!(rank >= 2 && rank <= 7)) throw new Error(`its header claims ${rank} dimensions`);
  const sizes = dims.slice(1, 1 + rank);
  if (sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) return sizes;
  throw new Error(`its header claims ${sizes.join(" x ")} voxels`);
}

/** @returns the header, and the first byte that voxels can have */
function parseHeader(head: Buffer): { header: NiftiHeader; firstByte: number } {
  const { isNIFTI, isNIFTI2, readHeader } = niftiReader();
  const PAIRS_TOO = true;
  const bytes = new Uint8Array(paddedHead(head));
  const end = isNIFTI2(bytes.buffer, PAIRS_TOO) ? HEAD_BYTES.two : HEAD_BYTES.one;
  // The library would read extensions, which can be anywhere in the file and are not needed.
  bytes.fill(0, end - EXTENSION_BYTES, end);
  const isHeader = head.length >= end - EXTENSION_BYTES && isNIFTI(bytes.buffer, PAIRS_TOO);
  const header = isHeader ? readHeader(bytes.buffer, PAIRS_TOO) : null;
  if (header) return { header, firstByte: end };
  throw new Error("it is not a NIfTI file, or it ends within the header");
}

/** The header with zeros after its end, because the library does not check the length. */
function paddedHead(head: Buffer): ArrayBuffer {
  const bytes = new Uint8Array(HEAD_BYTES.two);
  bytes.set(head.subarray(0, HEAD_BYTES.two));
  return bytes.buffer;
}
