/**
 * Chooses the map from voxels to space among those of a NIfTI header. The detection does not need
 * it: an invalid map is left out, with a remark.
 */
import type { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { type Affine, columnOf, cross, dot, length, type Vector } from "../geometry";
import { niftiReader } from "../libraries";

/** The header as the library parses it. */
export type NiftiHeader = NIFTI1 | NIFTI2;

/** The map of a header. */
export interface ChosenAffine {
  /** In millimeters; null if the header has no valid map. */
  readonly affine: Affine | null;
  /** Millimeters between voxels along each axis; null if the header does not have them. */
  readonly spacing: Vector | null;
  /** Remarks on what is left out, in sentences. */
  readonly notes: readonly string[];
}

/** Position of the rows of the sform in NIfTI-1. */
const SFORM_OFFSET = 280;
/**
 * The volume of a voxel, divided by the product of its sides, below which its axes are in one
 * plane. It is 1 at right angles.
 */
const FLAT = 1e-3;

/** How much longer than 1 the three stored numbers of a quaternion may be by rounding. */
const QUATERNION_TOLERANCE = 1e-4;

/**
 * Millimeters of the unit in the lowest three bits of `xyzt_units` (nifti1.h). 0, unknown, is read
 * as millimeters, as other readers do.
 */
const MILLIMETERS: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };
const UNIT_BITS = 0b111;
/** Millimeters that voxels of a patient have. */
const PLAUSIBLE_SPACING = [0.001, 100];

/** A remark for headers without a map. */
export const NO_POSITION =
  "the header has neither an sform nor a qform: the axes are assumed to go to the right, the front and the head, and there are no millimeters";
const INVALID_POSITION =
  "the sform and the qform of the header are invalid or missing: the axes are assumed to go to the right, the front and the head, and there are no millimeters";
const QFORM_USED = "the sform of the header is invalid: its qform is used";
const INVALID_SPACING =
  "the voxel sizes in the header (pixdim) are not above 0: voxels are assumed to be cubes";
const NEGATIVE_SPACING =
  "the voxel sizes in the header (pixdim) are negative: their sign is ignored";
const UNKNOWN_UNIT = "the unit of the header (xyzt_units) is unknown: millimeters are assumed";

/**
 * The sform, or, if there is none or it is invalid, the qform (nifti1.h, methods 3 and 2): the
 * order of nibabel.
 * @param head the bytes of the header
 * @param shape number of voxels along each axis
 */
export function chooseAffine(
  header: NiftiHeader,
  head: Buffer,
  shape: readonly number[],
): ChosenAffine {
  const notes: string[] = [];
  const unit = MILLIMETERS[header.xyzt_units & UNIT_BITS];
  if (unit === undefined) notes.push(UNKNOWN_UNIT);
  const inMillimeters = (affine: Affine): Affine =>
    affine.map((row) => row.map((value) => value * (unit ?? 1)) as unknown as Affine[number]);
  // Headers of two-dimensional files often have no size along the third axis.
  const pixDims = header.pixDims
    .slice(1, 4)
    .map((size, axis) => (size || shape[axis] > 1 ? Math.abs(size) : 1));
  const hasSpacing = pixDims.every((size) => size > 0 && Number.isFinite(size));
  const sform = header.sform_code > 0 ? completed(sformOf(header, head), shape) : null;
  const qform = header.qform_code > 0 && hasSpacing ? qformOf(header, pixDims) : null;
  const chosen = [sform, qform].find((affine) => affine && isInvertible(affine)) ?? null;
  const usesSpacing = !chosen || chosen === qform;
  if (usesSpacing && !hasSpacing) notes.push(INVALID_SPACING);
  else if (usesSpacing && header.pixDims.slice(1, 4).some((size) => size < 0))
    notes.push(NEGATIVE_SPACING);
  if (!chosen) {
    const hasNone = header.sform_code <= 0 && header.qform_code <= 0;
    notes.push(hasNone ? NO_POSITION : INVALID_POSITION);
    const spacing = hasSpacing
      ? (pixDims.map((size) => size * (unit ?? 1)) as unknown as Vector)
      : null;
    return { affine: null, spacing, notes };
  }
  if (sform && chosen === qform) notes.push(QFORM_USED);
  const affine = inMillimeters(chosen);
  const spacing = [0, 1, 2].map((axis) => length(columnOf(affine, axis))) as unknown as Vector;
  if (spacing.some((size) => size < PLAUSIBLE_SPACING[0] || size > PLAUSIBLE_SPACING[1]))
    notes.push(
      `according to the header, voxels have sides of ${spacing.map((size) => Number(size.toPrecision(3))).join(", ")} mm: its unit may be wrong`,
    );
  return { affine, spacing, notes };
}

function sformOf(header: NiftiHeader, head: Buffer): Affine {
  const { NIFTI2: Second } = niftiReader();
  if (header instanceof Second) return firstRows(header.affine);
  // The library has only the qform if its code is higher, so the sform is read here.
  const view = new DataView(head.buffer, head.byteOffset + SFORM_OFFSET);
  const at = (row: number, column: number) =>
    view.getFloat32(4 * (4 * row + column), header.littleEndian);
  return [0, 1, 2].map((row) => [at(row, 0), at(row, 1), at(row, 2), at(row, 3)] as const);
}

/** The map of a quaternion; null if it has no rotation. */
function qformOf(header: NiftiHeader, [dx, dy, dz]: readonly number[]): Affine | null {
  const { quatern_b, quatern_c, quatern_d, qoffset_x, qoffset_y, qoffset_z, pixDims } = header;
  const offset = [qoffset_x, qoffset_y, qoffset_z] as const;
  const quaternion = [quatern_b, quatern_c, quatern_d] as const;
  if (!(length(quaternion) <= 1 + QUATERNION_TOLERANCE)) return null;
  return firstRows(
    header.convertNiftiQFormToNiftiSForm(...quaternion, ...offset, dx, dy, dz, pixDims[0]),
  );
}

function firstRows(matrix: readonly number[][]): Affine {
  return matrix.slice(0, 3).map((row) => row.slice(0, 4) as [number, number, number, number]);
}

/** The map with a step through the slice, where a file of one slice has none. */
function completed(affine: Affine, shape: readonly number[]): Affine {
  const axis = [0, 1, 2].find((i) => shape[i] === 1 && length(columnOf(affine, i)) === 0);
  if (axis === undefined) return affine;
  const normal = cross(columnOf(affine, (axis + 1) % 3), columnOf(affine, (axis + 2) % 3));
  const size = length(normal);
  return affine.map((row, i) =>
    row.map((value, j) => (j === axis ? normal[i] / size : value)),
  ) as unknown as Affine;
}

/** Whether every voxel has a place of its own. */
function isInvertible(affine: Affine): boolean {
  const [x, y, z] = [0, 1, 2].map((axis) => columnOf(affine, axis));
  const volume = Math.abs(dot(cross(x, y), z)) / (length(x) * length(y) * length(z));
  return volume > FLAT && columnOf(affine, 3).every(Number.isFinite);
}
