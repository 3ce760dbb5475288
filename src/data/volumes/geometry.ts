/** Where a slice's pixels are in the scanner's space, in millimeters. */

export type Vector = readonly [number, number, number];

/** Anatomical planes; an oblique slice counts as the one it is closest to. */
export const PLANES = ["sagittal", "coronal", "axial"] as const;
export type Plane = (typeof PLANES)[number];

/**
 * Which way x, y and z point: DICOM's to the left, the back and the head; NIfTI's to the right,
 * the front and the head.
 */
export type Space = "LPS" | "RAS";

/** How a slice lies in space. All in millimeters. */
export interface PixelGrid {
  /** Center of the first pixel. */
  readonly origin: Vector;
  /** From a pixel's center to that of its right neighbor. */
  readonly column: Vector;
  /** From a pixel's center to that of the pixel below. */
  readonly row: Vector;
}

/**
 * The point of space at `(x, y)` of a slice, where (0, 0) is the outer corner of the first pixel,
 * as boxes have it, and (0.5, 0.5) its center (DICOM PS3.3 C.7.6.2.1.1 counts from the centers).
 */
export function toMillimeters({ origin, column, row }: PixelGrid, x: number, y: number): Vector {
  return add(origin, add(scale(column, x - 0.5), scale(row, y - 0.5)));
}

/** The plane a slice lies in, or is closest to: by the largest part of its normal. */
export function planeOf({ column, row }: PixelGrid): Plane {
  const normal = cross(column, row).map(Math.abs);
  return PLANES[normal.indexOf(Math.max(...normal))];
}

export function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function length(a: Vector): number {
  return Math.hypot(...a);
}
