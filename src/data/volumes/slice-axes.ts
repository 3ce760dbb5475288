/**
 * Slices of a block of voxels in an anatomical plane, in the orientation that radiologists use, for
 * any order and direction of the block's axes.
 */
import {
  add,
  type Affine,
  columnOf,
  length,
  type PixelGrid,
  type Plane,
  scale,
  type Vector,
} from "./geometry";

/** An axis of the block, and the direction in which a slice shows it: 1 as stored, -1 reversed. */
export interface DirectedAxis {
  readonly axis: number;
  readonly direction: 1 | -1;
}

/** The axes of the block that a slice shows. */
export interface SliceAxes {
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

/** The axes of the block that a slice of a plane shows. */
export function sliceAxes(affine: Affine, plane: Plane): SliceAxes {
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
 * For each axis of space, the axis of the block that is closest to it, and whether both have the
 * same direction. Of all six assignments it is the one with the largest sum of cosines.
 */
export function matchAxes(affine: Affine): DirectedAxis[] {
  const lengths = [0, 1, 2].map((axis) => length(columnOf(affine, axis)));
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

/** The position of a slice in space. */
export function gridOf(
  affine: Affine,
  slice: { readonly shape: Vector; readonly axes: SliceAxes; readonly index: number },
): PixelGrid {
  const { shape, axes, index } = slice;
  const { across, down, through } = axes;
  const first = ({ axis, direction }: DirectedAxis) =>
    scale(columnOf(affine, axis), direction === 1 ? 0 : shape[axis] - 1);
  const origin = [
    columnOf(affine, 3),
    first(across),
    first(down),
    scale(columnOf(affine, through), index),
  ].reduce(add);
  return {
    origin,
    column: scale(columnOf(affine, across.axis), across.direction),
    row: scale(columnOf(affine, down.axis), down.direction),
  };
}

/**
 * The values of one slice, row by row.
 * @param valueAt the value of a voxel, by its number; the first axis of the block changes fastest
 */
export function planeValues(
  valueAt: (voxel: number) => number,
  slice: { readonly shape: Vector; readonly axes: SliceAxes; readonly index: number },
): Float32Array {
  const { shape, axes, index } = slice;
  const { across, down, through } = axes;
  const strides = [1, shape[0], shape[0] * shape[1]];
  const [width, height] = [shape[across.axis], shape[down.axis]];
  const offset = ({ axis, direction }: DirectedAxis, i: number) =>
    (direction === 1 ? i : shape[axis] - 1 - i) * strides[axis];
  const values = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const start = index * strides[through] + offset(down, y);
    for (let x = 0; x < width; x++, i++) values[i] = valueAt(start + offset(across, x));
  }
  return values;
}
