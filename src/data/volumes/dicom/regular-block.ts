/** Stacks the slices of a DICOM series to a block of voxels. */
import { type Affine, cross, dot, length, scale, subtract } from "../geometry";
import type { Volume, VolumeSlice } from "../volume";

/** How far slices may be from equal distances, as a fraction of the distance. */
const STEP_TOLERANCE = 0.02;

/**
 * The slices of a series in the order of their place, and the map from voxels to space (RAS).
 * @throws when they have no position, or are not at equal distances
 */
export function regularBlock({ slices }: Pick<Volume, "slices">): {
  readonly slices: readonly VolumeSlice[];
  readonly axes: Affine;
  readonly notes: readonly string[];
} {
  const [{ grid }] = slices;
  if (!grid || slices.some((slice) => !slice.grid))
    throw new Error("its header does not have the position of every slice");
  const across = cross(grid.column, grid.row);
  const normal = scale(across, 1 / length(across));
  const height = (slice: VolumeSlice) => dot(slice.grid!.origin, normal);
  const ordered = [...slices].sort((a, b) => height(a) - height(b));
  const first = ordered[0].grid!.origin;
  const last = ordered[ordered.length - 1].grid!.origin;
  const isSingle = ordered.length === 1;
  const step = isSingle ? normal : scale(subtract(last, first), 1 / (ordered.length - 1));
  const distance = length(step);
  if (!(distance > 0)) throw new Error("all of its slices have the same position");
  for (const [i, slice] of ordered.entries()) {
    const origin = slice.grid!.origin;
    const error = length(subtract(subtract(origin, first), scale(step, i)));
    if (!(error <= STEP_TOLERANCE * distance))
      throw new Error(
        "its slices are not at equal distances, so they are not a block of voxels: slices may be missing",
      );
  }
  const columns = [grid.column, grid.row, step, first];
  const SIGNS = [-1, -1, 1];
  return {
    slices: ordered,
    // DICOM has x to the left and y to the back.
    axes: SIGNS.map(
      (sign, space) => columns.map((column) => sign * column[space]) as unknown as Affine[number],
    ),
    notes: isSingle ? ["it has one slice, whose thickness is assumed to be 1 mm"] : [],
  };
}
