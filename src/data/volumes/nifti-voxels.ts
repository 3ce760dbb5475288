/** Reads the voxels of NIfTI files. No bytes after them are read. */
import { ByteCache } from "./byte-cache";
import { bytesBetween } from "./file-bytes";
import { claimOf, type NiftiFile } from "./nifti-header";
import type { SliceAxes, DirectedAxis } from "./slice-axes";

/** The voxels of one volume; the first axis changes fastest. */
export type Voxels = DataView;

/** Bytes of voxels that stay in memory, because the next slice is usually of the same volume. */
const CACHE_BYTES = 2 ** 29;
/**
 * Bytes that are unpacked together when all volumes of a gzipped file are read: each reading begins
 * at the beginning of the file.
 */
const CHUNK_BYTES = 2 ** 27;
const volumes = new ByteCache<Buffer>(CACHE_BYTES, (bytes) => bytes.length);

/**
 * Reads one volume.
 * @param volume its index
 * @param isOneOfAll whether the other volumes will be read too
 * @throws when the file is cut short; the message does not name it
 */
export async function readVoxels(
  nifti: NiftiFile,
  volume: number,
  isOneOfAll = false,
): Promise<Voxels> {
  const bytes = volumeBytes(nifti);
  const perChunk = isOneOfAll ? Math.max(1, Math.floor(CHUNK_BYTES / bytes)) : 1;
  const first = volume - (volume % perChunk);
  const last = Math.min(first + perChunk, nifti.count);
  const from = nifti.start + first * bytes;
  const to = nifti.start + last * bytes;
  const chunk = await volumes.get(nifti.image, `${from} ${to}`, () =>
    bytesBetween(nifti.image, from, to),
  );
  const offset = (volume - first) * bytes;
  const data = chunk.subarray(offset, offset + bytes);
  if (data.length < bytes)
    throw new Error(
      `it is cut short: its header claims ${claimOf(nifti.header, nifti.type)}, and the last ${bytes - data.length} bytes are missing`,
    );
  return new DataView(data.buffer, data.byteOffset, bytes);
}

function volumeBytes({ shape, type }: NiftiFile): number {
  return shape[0] * shape[1] * shape[2] * type.bytes;
}

/**
 * The function from stored numbers to values (nifti1.h, `scl_slope`). With a slope of 0, or none,
 * the values are the stored numbers.
 */
function rescaling({ header }: NiftiFile): (stored: number) => number {
  const { scl_slope, scl_inter } = header;
  if (!Number.isFinite(scl_slope) || scl_slope === 0 || !Number.isFinite(scl_inter))
    return (stored) => stored;
  return (stored) => stored * scl_slope + scl_inter;
}

/** The values of one slice after rescaling, row by row. */
export function planeValues(
  nifti: NiftiFile,
  voxels: Voxels,
  slice: { readonly axes: SliceAxes; readonly index: number },
): Float32Array {
  const { shape, type, header } = nifti;
  const { across, down, through } = slice.axes;
  const strides = [1, shape[0], shape[0] * shape[1]].map((stride) => stride * type.bytes);
  const value = rescaling(nifti);
  const [width, height] = [shape[across.axis], shape[down.axis]];
  const offset = ({ axis, direction }: DirectedAxis, i: number) =>
    (direction === 1 ? i : shape[axis] - 1 - i) * strides[axis];
  const values = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const start = slice.index * strides[through] + offset(down, y);
    for (let x = 0; x < width; x++, i++)
      values[i] = value(type.read(voxels, start + offset(across, x), header.littleEndian));
  }
  return values;
}

/** The values of all voxels after rescaling, in the order of the file. */
export function allValues(nifti: NiftiFile, voxels: Voxels): Float32Array {
  const { type, header } = nifti;
  const value = rescaling(nifti);
  return Float32Array.from({ length: voxels.byteLength / type.bytes }, (_, i) =>
    value(type.read(voxels, i * type.bytes, header.littleEndian)),
  );
}
