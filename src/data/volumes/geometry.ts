/** The position of a slice's pixels in the scanner's space, in millimeters. */

/** `[x, y, z]` */
export type Vector = readonly [number, number, number];

/**
 * Anatomical planes, in the order of the axis of space that they are perpendicular to. An oblique
 * slice belongs to the plane that it is closest to.
 */
export const PLANES = ["sagittal", "coronal", "axial"] as const;
/** An anatomical plane. */
export type Plane = (typeof PLANES)[number];

/**
 * The directions of x, y and z: in DICOM to the left, the back and the head (LPS), in NIfTI to the
 * right, the front and the head (RAS).
 */
export type Space = "LPS" | "RAS";

/** The position of a slice in space, in millimeters. */
export interface PixelGrid {
  /** Center of the first pixel. */
  readonly origin: Vector;
  /** From the center of a pixel to the center of its right neighbor. */
  readonly column: Vector;
  /** From the center of a pixel to the center of the pixel below. */
  readonly row: Vector;
}

/**
 * The map from voxel indices to space: rows x, y and z of a matrix. Its columns are the steps to
 * the next voxel along the three axes, and the center of the first voxel.
 */
export type Affine = readonly (readonly [number, number, number, number])[];

/** A column of a map: the step along an axis, or, for 3, the first voxel. */
export function columnOf(affine: Affine, column: number): Vector {
  return affine.map((row) => row[column]) as unknown as Vector;
}

/**
 * The point of space at `(x, y)` of a slice. As in boxes, (0, 0) is the outer corner of the first
 * pixel and (0.5, 0.5) its center (DICOM PS3.3 C.7.6.2.1.1 counts from the centers).
 * @returns millimeters
 */
export function toMillimeters({ origin, column, row }: PixelGrid, x: number, y: number): Vector {
  return add(origin, add(scale(column, x - 0.5), scale(row, y - 0.5)));
}

/** The plane that a slice is closest to, by the largest component of its normal. */
export function planeOf({ column, row }: PixelGrid): Plane {
  const normal = cross(column, row).map(Math.abs);
  return PLANES[normal.indexOf(Math.max(...normal))];
}

/** Sum of two vectors. */
export function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/** Difference of two vectors. */
export function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** A vector multiplied by a number. */
export function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** Cross product. */
export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Dot product. */
export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Euclidean length. */
export function length(a: Vector): number {
  return Math.hypot(...a);
}
