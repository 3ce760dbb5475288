/**
 * Makes volumes of NIfTI files: slices of a chosen plane, in the orientation that radiologists use,
 * for any order of the file's axes.
 */
import { add, type PixelGrid, type Plane, scale, type Vector } from "./geometry";
import { percentileWindow } from "./grey-window";
import { type Affine, type NiftiFile, type NiftiHeader, readNiftiFile } from "./nifti-file";
import {
  DEFAULT_PERCENTILES,
  givenWindow,
  selectSlices,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./volume";

/** An axis of the file, and the direction in which a slice shows it: 1 as stored, -1 reversed. */
interface DirectedAxis {
  readonly axis: number;
  readonly direction: 1 | -1;
}

/** The axes of the file that a slice shows. */
interface SliceAxes {
  /** From the left to the right of a slice. */
  readonly across: DirectedAxis;
  /** From the top to the bottom of a slice. */
  readonly down: DirectedAxis;
  /** The axis along which the slices are counted. */
  readonly through: number;
}

/** An axis of space (0 to the right, 1 to the front, 2 to the head) and a direction along it. */
type SpaceDirection = readonly [axis: number, sign: 1 | -1];

/**
 * What a slice of each plane shows to its right and at its bottom. The patient's left is on the
 * right, the nose or the top of the head is up; in sagittal slices the nose is on the left.
 */
const VIEWS: Readonly<
  Record<Plane, { readonly right: SpaceDirection; readonly down: SpaceDirection }>
> = {
  axial: { right: [0, -1], down: [1, -1] },
  coronal: { right: [0, -1], down: [2, -1] },
  sagittal: { right: [1, -1], down: [2, -1] },
};

/**
 * Millimeters of the unit in the lowest three bits of `xyzt_units` (nifti1.h). 0, unknown, is read
 * as millimeters, as other readers do.
 */
const MILLIMETERS: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };
const UNIT_BITS = 0b111;

const NO_POSITION =
  "the header has neither an sform nor a qform: the axes are assumed to go to the right, the front and the head, and there are no millimeters";

/**
 * Opens a NIfTI volume.
 * @throws when it cannot be read; the message names the file
 */
export async function openNifti(file: string, options: VolumeOptions = {}): Promise<Volume> {
  const window = givenWindow(options);
  try {
    const nifti = await readNiftiFile(file, options.timePoint);
    const { header, shape } = nifti;
    const plane = options.plane ?? "axial";
    const position = nifti.affine && inMillimeters(nifti.affine, header);
    const affine = position ?? spacingAffine(header);
    const axes = sliceAxes(affine, plane);
    const { across, down, through } = axes;
    const indices = Array.from({ length: shape[through] }, (_, index) => ({ index }));
    const shared = {
      file,
      width: shape[across.axis],
      height: shape[down.axis],
      spacing: [stepLength(affine, across.axis), stepLength(affine, down.axis)] as const,
      inverted: false,
    };
    const selected = selectSlices(file, indices, options.slices);
    const sliceWindow =
      window ?? percentileWindow(allValues(nifti), options.percentiles ?? DEFAULT_PERCENTILES);
    const slices = selected.map(({ index }): VolumeSlice => ({
      ...shared,
      index,
      window: sliceWindow,
      grid: position && gridOf(position, { shape, axes, index }),
    }));
    return {
      name: file,
      format: "NIfTI",
      space: position ? "RAS" : null,
      plane,
      slices,
      notes: position ? [] : [NO_POSITION],
      read: (slice) => Promise.resolve(readPlane(nifti, axes, slice.index)),
    };
  } catch (error) {
    const message = (error as Error).message;
    throw new Error(message.startsWith(file) ? message : `${file}: ${message}`, { cause: error });
  }
}

function inMillimeters(affine: Affine, { xyzt_units }: NiftiHeader): Affine {
  const unit = MILLIMETERS[xyzt_units & UNIT_BITS] ?? 1;
  return affine.map(([x, y, z, offset]) => [x * unit, y * unit, z * unit, offset * unit] as const);
}

/** The axes as stored, with the header's spacing (nifti1.h, method 1). */
function spacingAffine({ pixDims }: NiftiHeader): Affine {
  const [dx, dy, dz] = pixDims.slice(1, 4).map((size) => (size > 0 ? size : 1));
  return [
    [dx, 0, 0, 0],
    [0, dy, 0, 0],
    [0, 0, dz, 0],
  ];
}

/** The axes of the file that a slice of a plane shows. */
function sliceAxes(affine: Affine, plane: Plane): SliceAxes {
  const bySpace = matchAxes(affine);
  const directed = ([space, sign]: SpaceDirection): DirectedAxis => {
    const { axis, direction } = bySpace[space];
    return { axis, direction: direction === sign ? 1 : -1 };
  };
  const { right, down: bottom } = VIEWS[plane];
  const [across, down] = [directed(right), directed(bottom)];
  return { across, down, through: 3 - across.axis - down.axis };
}

/**
 * For each axis of space, the axis of the file that is closest to it, and whether both have the
 * same direction. Of all six assignments it is the one with the largest sum of cosines.
 */
function matchAxes(affine: Affine): DirectedAxis[] {
  const lengths = [0, 1, 2].map((axis) => stepLength(affine, axis));
  const assignments = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const cosine = (space: number, axis: number) => affine[space][axis] / lengths[axis];
  const fit = (assignment: readonly number[]) =>
    assignment.reduce((sum, axis, space) => sum + Math.abs(cosine(space, axis)), 0);
  const best = assignments.reduce((a, b) => (fit(b) > fit(a) ? b : a));
  return best.map((axis, space) => ({ axis, direction: cosine(space, axis) < 0 ? -1 : 1 }));
}

/**
 * Distance between neighboring voxels along an axis, in the units of the affine matrix.
 * @throws when it is 0 or not finite
 */
function stepLength(affine: Affine, axis: number): number {
  const step = Math.hypot(...affine.map((row) => row[axis]));
  if (step > 0 && Number.isFinite(step)) return step;
  throw new Error(
    `the affine of its header is invalid: voxels along axis ${axis} are ${step} mm apart`,
  );
}

/** The position of a slice in space. */
function gridOf(
  affine: Affine,
  slice: { readonly shape: NiftiFile["shape"]; readonly axes: SliceAxes; readonly index: number },
): PixelGrid {
  const { shape, axes, index } = slice;
  const { across, down, through } = axes;
  const column = (axis: number) => affine.map((row) => row[axis]) as unknown as Vector;
  const first = ({ axis, direction }: DirectedAxis) =>
    scale(column(axis), direction === 1 ? 0 : shape[axis] - 1);
  const origin = [column(3), first(across), first(down), scale(column(through), index)].reduce(add);
  return {
    origin,
    column: scale(column(across.axis), across.direction),
    row: scale(column(down.axis), down.direction),
  };
}

/**
 * The function from stored numbers to values (nifti1.h, `scl_slope`). With a slope of 0, or none,
 * the values are the stored numbers.
 */
function rescaling({ scl_slope, scl_inter }: NiftiHeader): (stored: number) => number {
  if (!Number.isFinite(scl_slope) || scl_slope === 0 || !Number.isFinite(scl_inter))
    return (stored) => stored;
  return (stored) => stored * scl_slope + scl_inter;
}

/** The values of one slice, row by row. */
function readPlane(
  { voxels, shape, type, header }: NiftiFile,
  { across, down, through }: SliceAxes,
  index: number,
): Float32Array {
  const strides = [1, shape[0], shape[0] * shape[1]].map((stride) => stride * type.bytes);
  const value = rescaling(header);
  const [width, height] = [shape[across.axis], shape[down.axis]];
  const offset = ({ axis, direction }: DirectedAxis, i: number) =>
    (direction === 1 ? i : shape[axis] - 1 - i) * strides[axis];
  const values = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const start = index * strides[through] + offset(down, y);
    for (let x = 0; x < width; x++, i++)
      values[i] = value(type.read(voxels, start + offset(across, x), header.littleEndian));
  }
  return values;
}

/** The values of all voxels, in the order of the file. */
function allValues({ voxels, type, header }: NiftiFile): Float32Array {
  const value = rescaling(header);
  return Float32Array.from({ length: voxels.byteLength / type.bytes }, (_, i) =>
    value(type.read(voxels, i * type.bytes, header.littleEndian)),
  );
}
