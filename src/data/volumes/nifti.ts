/**
 * NIfTI files to volumes: slices of the plane that was asked for, as radiologists look at them,
 * whatever the order of the file's axes.
 */
import { add, type PixelGrid, type Plane, scale, type Vector } from "./geometry";
import { percentileWindow } from "./grey-window";
import { type Affine, type NiftiFile, type NiftiHeader, readNiftiFile } from "./nifti-file";
import {
  chosenSlices,
  DEFAULT_PERCENTILES,
  givenWindow,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./volume";

/** An axis of the file and the direction it is walked in: 1 as stored, -1 from its end. */
interface Walk {
  readonly axis: number;
  readonly direction: 1 | -1;
}

/**
 * Space's axes (0 to the right, 1 to the front, 2 to the head) that a picture runs along to its
 * right and down, and their signs.
 */
interface View {
  readonly right: readonly [number, 1 | -1];
  readonly down: readonly [number, 1 | -1];
}

/**
 * The patient's left is on the picture's right, the nose or the head is up; sagittal slices look
 * to the picture's left.
 */
const VIEWS: Readonly<Record<Plane, View>> = {
  axial: { right: [0, -1], down: [1, -1] },
  coronal: { right: [0, -1], down: [2, -1] },
  sagittal: { right: [1, -1], down: [2, -1] },
};

/**
 * Millimeters in the units that `xyzt_units` names in its lowest three bits (nifti1.h); 0,
 * unknown, is taken for millimeters as everywhere.
 */
const MILLIMETERS: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };
const UNIT_BITS = 0b111;

/** Opens a NIfTI volume. Throws, naming the file, when it cannot be read. */
export async function openNifti(file: string, options: VolumeOptions = {}): Promise<Volume> {
  const given = givenWindow(options);
  try {
    const nifti = await readNiftiFile(file, options.timePoint);
    const { header, shape } = nifti;
    const plane = options.plane ?? "axial";
    const notes: string[] = [];
    const known = nifti.affine && inMillimeters(nifti.affine, header);
    if (!known)
      notes.push(
        "the header has neither sform nor qform: that the axes run to the right, the front and the head is a guess, and there are no millimeters",
      );
    const affine = known ?? plainAffine(header);
    const axes = matchAxes(affine);
    const { right, down } = VIEWS[plane];
    const across = walk(axes, right);
    const along = walk(axes, down);
    const through = 3 - across.axis - along.axis;
    const read = (index: number) => readPlane(nifti, across, along, through, index);
    const all = Array.from({ length: shape[through] }, (_, index) => ({ index }));
    const chosen = chosenSlices(file, all, options.slices);
    const window =
      given ?? percentileWindow(allValues(nifti), options.percentiles ?? DEFAULT_PERCENTILES);
    const spacing = [stepLength(affine, across.axis), stepLength(affine, along.axis)] as const;
    const slices = chosen.map(({ index }): VolumeSlice => {
      const grid = known && gridOf(known, shape, across, along, through, index);
      return {
        index,
        file,
        width: shape[across.axis],
        height: shape[along.axis],
        spacing,
        grid,
        window,
        inverted: false,
      };
    });
    return {
      name: file,
      format: "NIfTI",
      space: known ? "RAS" : null,
      plane,
      slices,
      notes,
      read: (slice) => Promise.resolve(read(slice.index)),
    };
  } catch (error) {
    const message = (error as Error).message;
    throw new Error(message.startsWith(file) ? message : `${file}: ${message}`);
  }
}

function inMillimeters(affine: Affine, { xyzt_units }: NiftiHeader): Affine {
  const unit = MILLIMETERS[xyzt_units & UNIT_BITS] ?? 1;
  return affine.map(([x, y, z, offset]) => [x * unit, y * unit, z * unit, offset * unit] as const);
}

/** Axes as they come, with the header's spacing (nifti1.h, method 1). */
function plainAffine({ pixDims }: NiftiHeader): Affine {
  const [dx, dy, dz] = pixDims.slice(1, 4).map((size) => (size > 0 ? size : 1));
  return [
    [dx, 0, 0, 0],
    [0, dy, 0, 0],
    [0, 0, dz, 0],
  ];
}

/**
 * For each axis of space the file's axis closest to it, and whether that runs the same way: of all
 * six pairings the one with the largest cosines.
 */
function matchAxes(affine: Affine): Walk[] {
  const lengths = [0, 1, 2].map((axis) => stepLength(affine, axis));
  const pairings = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const cosine = (space: number, axis: number) => affine[space][axis] / lengths[axis];
  const fit = (pairing: readonly number[]) =>
    pairing.reduce((sum, axis, space) => sum + Math.abs(cosine(space, axis)), 0);
  const best = pairings.reduce((a, b) => (fit(b) > fit(a) ? b : a));
  return best.map((axis, space) => ({ axis, direction: cosine(space, axis) < 0 ? -1 : 1 }));
}

function walk(axes: readonly Walk[], [space, sign]: readonly [number, 1 | -1]): Walk {
  const { axis, direction } = axes[space];
  return { axis, direction: direction === sign ? 1 : -1 };
}

/**
 * Millimeters from a voxel to the next along an axis. Throws when that is nothing, or no number.
 */
function stepLength(affine: Affine, axis: number): number {
  const step = Math.hypot(...affine.map((row) => row[axis]));
  if (step > 0 && Number.isFinite(step)) return step;
  throw new Error(`its header's affine is broken: voxels along axis ${axis} are ${step} mm apart`);
}

function gridOf(
  affine: Affine,
  shape: readonly number[],
  across: Walk,
  along: Walk,
  through: number,
  index: number,
): PixelGrid {
  const column = (axis: number) => affine.map((row) => row[axis]) as unknown as Vector;
  const first = ({ axis, direction }: Walk) =>
    scale(column(axis), direction === 1 ? 0 : shape[axis] - 1);
  const origin = [column(3), first(across), first(along), scale(column(through), index)].reduce(
    add,
  );
  return {
    origin,
    column: scale(column(across.axis), across.direction),
    row: scale(column(along.axis), along.direction),
  };
}

/**
 * Stored numbers to values (nifti1.h, `scl_slope`): a slope of 0 or none at all means as they are.
 */
function scaling({ scl_slope, scl_inter }: NiftiHeader): (stored: number) => number {
  if (!Number.isFinite(scl_slope) || scl_slope === 0 || !Number.isFinite(scl_inter))
    return (stored) => stored;
  return (stored) => stored * scl_slope + scl_inter;
}

/** One slice, row by row. */
function readPlane(
  { voxels, shape, type, header }: NiftiFile,
  across: Walk,
  along: Walk,
  through: number,
  index: number,
) {
  const strides = [1, shape[0], shape[0] * shape[1]].map((stride) => stride * type.bytes);
  const value = scaling(header);
  const [width, height] = [shape[across.axis], shape[along.axis]];
  const place = ({ axis, direction }: Walk, i: number) =>
    (direction === 1 ? i : shape[axis] - 1 - i) * strides[axis];
  const values = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const start = index * strides[through] + place(along, y);
    for (let x = 0; x < width; x++, i++)
      values[i] = value(type.read(voxels, start + place(across, x), header.littleEndian));
  }
  return values;
}

function allValues({ voxels, type, header }: NiftiFile): Float32Array {
  const value = scaling(header);
  return Float32Array.from({ length: voxels.byteLength / type.bytes }, (_, i) =>
    value(type.read(voxels, i * type.bytes, header.littleEndian)),
  );
}
