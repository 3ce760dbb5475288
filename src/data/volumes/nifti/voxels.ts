/** Reads the voxels of NIfTI files. No bytes after them are read. */
import { ByteCache } from "../byte-cache";
import { bytesBetween } from "../file-bytes";
import { claimOf, type NiftiFile } from "./header";

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
 * The function from the number of a voxel to its value after rescaling (nifti1.h, `scl_slope`).
 * With a slope of 0, or none, the values are the stored numbers.
 */
export function valueReader(
  { type, header }: NiftiFile,
  voxels: Voxels,
): (voxel: number) => number {
  const { scl_slope, scl_inter, littleEndian } = header;
  const stored = (voxel: number) => type.read(voxels, voxel * type.bytes, littleEndian);
  if (!Number.isFinite(scl_slope) || scl_slope === 0 || !Number.isFinite(scl_inter)) return stored;
  return (voxel) => stored(voxel) * scl_slope + scl_inter;
}

/** The values of all voxels after rescaling, in the order of the file. */
export function allValues(nifti: NiftiFile, voxels: Voxels): Float32Array {
  const valueAt = valueReader(nifti, voxels);
  const values = new Float32Array(voxels.byteLength / nifti.type.bytes);
  for (let voxel = 0; voxel < values.length; voxel++) values[voxel] = valueAt(voxel);
  return values;
}
