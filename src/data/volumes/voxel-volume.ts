/**
 * Reads a scan as a block of voxels: slices of any plane with their place in space, and their
 * values before a window is applied. Scans and label maps that are registered to each other have
 * the same slices, in whatever order their files store them.
 */
import { existsSync, statSync } from "fs";
import { ByteCache } from "./byte-cache";
import { failure, openDicom } from "./dicom";
import { regularBlock } from "./dicom/regular-block";
import {
  type Affine,
  columnOf,
  length,
  type PixelGrid,
  type Plane,
  PLANES,
  subtract,
  toMillimeters,
  type Vector,
} from "./geometry";
import { readNiftiHeader } from "./nifti/header";
import { readVoxels, valueReader } from "./nifti/voxels";
import { scansIn } from "./open-volumes";
import { scanKind } from "./scan-kind";
import { gridOf, matchAxes, planeValues, type SliceAxes, sliceAxes } from "./slice-axes";
import { selectParts } from "./time-points";
import type { Volume, VolumeSlice } from "./volume";

/** A scan as a block of voxels. */
export interface VoxelVolume {
  /** Path of the file, or folder of the series. */
  readonly name: string;
  /** Directions of the axes of positions; null if the file does not have the position. */
  readonly space: "RAS" | null;
  /** Number of slices of each plane. */
  readonly counts: Readonly<Record<Plane, number>>;
  /** Remarks on what is left out or assumed, in sentences. */
  readonly notes: readonly string[];
  /**
   * Size and place of a slice.
   * @param index from 0: sagittal slices from the patient's left to the right, coronal slices from
   * the back to the front, axial slices from the feet to the head
   * @throws when there is no such slice
   */
  slice(plane: Plane, index: number): VoxelSlice;
  /**
   * Reads the values of a slice.
   * @returns `[height, width]` values after rescaling, row by row, in the orientation that
   * radiologists use; NaN where there is none. Labels are exact up to 2^24
   * @throws when there is no such slice, or it cannot be read; the message names the file
   */
  readVoxels(plane: Plane, index: number): Promise<Float32Array>;
}

/** Size and place of a slice. */
export interface VoxelSlice {
  readonly width: number;
  readonly height: number;
  /** Millimeters between columns, and between rows; null if the file does not have them. */
  readonly spacing: readonly [number, number] | null;
  /** Position in space (RAS); null if the file does not have it. */
  readonly grid: PixelGrid | null;
}

/** Which volume of a scan is opened. */
export interface VoxelOptions {
  /** Index of the volume if the scan has several, counted from 0. */
  readonly timePoint?: number;
  /** Number of volumes that a NIfTI file must have. By default, it may have any number. */
  readonly volumes?: number;
}

/** A block of voxels as it is stored, and how its slices are read. */
interface Block extends Pick<VoxelVolume, "name" | "notes"> {
  /** Number of voxels along each axis. */
  readonly shape: Vector;
  /** Directions and spacing of the axes. */
  readonly axes: Affine;
  /** Whether `axes` are positions in space. */
  readonly isPlaced: boolean;
  readonly hasSpacing: boolean;
  readonly read: (axes: SliceAxes, index: number) => Promise<Float32Array>;
}

/** How far voxels of scans on one grid may be from each other, as a fraction of a voxel. */
const GRID_TOLERANCE = 0.1;
/** Bytes of a block; a series that is larger is read in its plane only. */
const MAX_BLOCK_BYTES = 2 ** 30;
/** Bytes of blocks that stay in memory, for slices across the slices of a series. */
const CACHE_BYTES = 2 ** 29;
const blocks = new ByteCache<Float32Array>(CACHE_BYTES, ({ byteLength }) => byteLength);

/**
 * Opens a scan as a block of voxels: a NIfTI file, a DICOM file with several frames, or a folder
 * with one DICOM series. Values are read when a slice is.
 * @throws when it cannot be read, contains no scan or several, or its slices are not a regular
 * block
 * @example
 * const labels = await openVoxels("patient/seg.nii.gz");
 * const values = await labels.readVoxels("axial", 40);
 */
export async function openVoxels(path: string, options: VoxelOptions = {}): Promise<VoxelVolume> {
  if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder`);
  const files = statSync(path).isDirectory() ? await scansIn(path) : [path];
  const isNifti = files.length === 1 && (await scanKind(files[0])) === "NIfTI";
  try {
    return volumeOf(await (isNifti ? niftiBlock(files[0], options) : dicomBlock(files, options)));
  } catch (error) {
    throw new Error(failure(path, error).message, { cause: error });
  }
}

/**
 * How the grids of two scans differ; null if they have the same voxels at the same places, so that
 * slices of the same index show the same part of the patient.
 * @example
 * const difference = gridDifference(scan, labels);
 * if (difference) throw new Error(difference);
 */
export function gridDifference(a: VoxelVolume, b: VoxelVolume): string | null {
  const counts = (volume: VoxelVolume) => PLANES.map((plane) => volume.counts[plane]).join(" x ");
  if (counts(a) !== counts(b))
    return `${a.name} has ${counts(a)} voxels, and ${b.name} ${counts(b)}`;
  const [cornersOfA, cornersOfB] = [cornersOf(a), cornersOf(b)];
  // Without positions, only the sizes can be compared. The axes of a file without them may have
  // other directions than those of a file with them.
  if (!cornersOfA && !cornersOfB) return null;
  if (!cornersOfA || !cornersOfB)
    return `${(cornersOfA ? b : a).name} does not have the position of its voxels, and ${(cornersOfA ? a : b).name} has it, so one may be a mirror image of the other (give both files the same affine)`;
  const distance = Math.max(
    ...cornersOfA.map((corner, i) => length(subtract(corner, cornersOfB[i]))),
  );
  const smallest = Math.min(...PLANES.flatMap((plane) => a.slice(plane, 0).spacing!));
  if (distance <= GRID_TOLERANCE * smallest) return null;
  return `the voxels of ${a.name} and ${b.name} are up to ${distance.toFixed(2)} mm apart`;
}

/** The centers of the voxels at the corners, in millimeters; null without a position. */
function cornersOf(volume: VoxelVolume): Vector[] | null {
  const slices = [0, volume.counts.axial - 1].map((index) => volume.slice("axial", index));
  return slices.every(({ grid }) => grid)
    ? slices.flatMap(({ grid, width, height }) =>
        [0.5, width - 0.5].flatMap((x) =>
          [0.5, height - 0.5].map((y) => toMillimeters(grid!, x, y)),
        ),
      )
    : null;
}

function volumeOf({ name, notes, shape, axes, isPlaced, hasSpacing, read }: Block): VoxelVolume {
  const bySpace = matchAxes(axes);
  const counts = Object.fromEntries(
    PLANES.map((plane, space) => [plane, shape[bySpace[space].axis]]),
  ) as Record<Plane, number>;
  /** The index along the block's axis. */
  const stored = (plane: Plane, index: number) => {
    if (!Number.isInteger(index) || index < 0 || index >= counts[plane])
      throw new Error(
        `${name}: has ${plane} slices 0 to ${counts[plane] - 1}; there is no slice ${index}`,
      );
    const { direction } = bySpace[PLANES.indexOf(plane)];
    return direction === 1 ? index : counts[plane] - 1 - index;
  };
  return {
    name,
    notes,
    counts,
    space: isPlaced ? "RAS" : null,
    slice(plane, index) {
      const shown = sliceAxes(axes, plane);
      const { across, down } = shown;
      const side = (axis: number) => length(columnOf(axes, axis));
      return {
        width: shape[across.axis],
        height: shape[down.axis],
        spacing: hasSpacing ? [side(across.axis), side(down.axis)] : null,
        grid: isPlaced ? gridOf(axes, { shape, axes: shown, index: stored(plane, index) }) : null,
      };
    },
    async readVoxels(plane, index) {
      const at = stored(plane, index);
      try {
        return await read(sliceAxes(axes, plane), at);
      } catch (error) {
        throw new Error(failure(name, error).message, { cause: error });
      }
    },
  };
}

async function niftiBlock(file: string, options: VoxelOptions): Promise<Block> {
  const nifti = await readNiftiHeader(file);
  const { volumes = nifti.count } = options;
  if (volumes !== nifti.count)
    throw new Error(`it has ${nifti.count} volumes, and dataset.json names ${volumes} channels`);
  if (nifti.count > 1 && options.timePoint === undefined)
    throw new Error(
      `it has ${nifti.count} volumes: an image may have as many as dataset.json names channels, and a label map one`,
    );
  const labels = Array.from({ length: nifti.count }, () => ({ label: "" }));
  const [{ timePoint }] = selectParts(labels, options.timePoint);
  const { shape, axes, affine, hasSpacing, notes } = nifti;
  return {
    name: nifti.file,
    notes,
    shape,
    axes,
    isPlaced: affine !== null,
    hasSpacing,
    read: async (shown, index) =>
      planeValues(valueReader(nifti, await readVoxels(nifti, timePoint)), {
        shape,
        axes: shown,
        index,
      }),
  };
}

async function dicomBlock(files: readonly string[], options: VoxelOptions): Promise<Block> {
  // A given window means that no values are read for percentiles.
  const window = { width: 1, level: 0 };
  const { volumes, failed } = await openDicom(files, { ...options, window });
  if (failed.length) throw new Error(failed.map(({ message }) => message).join("\n"));
  if (volumes.length !== 1)
    throw new Error(
      volumes.length
        ? `contains ${volumes.length} scans, and openVoxels opens one: ${volumes.map(({ name }) => name).join(", ")}`
        : "contains no DICOM or NIfTI scan",
    );
  const [volume] = volumes;
  const { slices, axes, notes } = regularBlock(volume);
  const shape: Vector = [slices[0].width, slices[0].height, slices.length];
  return {
    name: volume.name,
    notes: [...volume.notes, ...notes],
    shape,
    axes,
    isPlaced: true,
    hasSpacing: true,
    read: (shown, index) => readDicom({ volume, slices, shape }, shown, index),
  };
}

/** Reads a slice of a series: one of its slices, or one across them. */
async function readDicom(
  series: {
    readonly volume: Volume;
    readonly slices: readonly VolumeSlice[];
    readonly shape: Vector;
  },
  axes: SliceAxes,
  index: number,
): Promise<Float32Array> {
  const { volume, slices, shape } = series;
  const [width, height, count] = shape;
  const THROUGH = 2;
  if (axes.through === THROUGH) {
    const values = await volume.read(slices[index]);
    return planeValues((voxel) => values[voxel], {
      shape: [width, height, 1],
      axes,
      index: 0,
    });
  }
  if (4 * width * height * count > MAX_BLOCK_BYTES)
    throw new Error(
      `its ${shape.join(" x ")} voxels are too many for slices in another plane than its own`,
    );
  const block = await blocks.get(slices[0].file, volume.name, async () => {
    const values = new Float32Array(width * height * count);
    for (const [i, slice] of slices.entries())
      values.set(await volume.read(slice), i * width * height);
    return values;
  });
  return planeValues((voxel) => block[voxel], { shape, axes, index });
}
