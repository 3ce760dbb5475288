/** Structures inside the brain: the fold between its halves, the ventricles, and vessels. */
import type { NoiseFunction2D } from "simplex-noise";
import { type Place, type SliceContext, smoothStep } from "./place";
import { TISSUE } from "./tissue";

/** A place inside the brain. */
interface BrainPlace {
  readonly place: Place;
  /** Distance below the brain's surface, in half head widths. */
  readonly depth: number;
}

/**
 * The fold of dura between the halves, which takes up contrast agent, and the fluid beside it.
 * @param value grey value without them
 * @returns grey value with them
 */
export function midline(
  value: number,
  { place: { x, y }, depth }: BrainPlace,
  noise: NoiseFunction2D,
): number {
  const offset = Math.abs(x + 0.012 * noise(3 * y, 5));
  const along = smoothStep(0.42, 0.6, Math.abs(y));
  const gap = along * (1 - smoothStep(0.012, 0.035, offset));
  const sheet = along * (1 - smoothStep(0.004, 0.013, offset));
  const sinus = (1 - smoothStep(0.03, 0.06, Math.hypot(x, 0.9 * depth))) * (y > 0 ? 1 : 0.5);
  const withGap = value + (TISSUE.fluid - value) * 0.8 * gap;
  return withGap + (TISSUE.vessel - withGap) * Math.max(0.55 * sheet, 0.9 * sinus);
}

/**
 * The ventricles: chambers of fluid whose shape changes with the height, with a bright plexus in
 * their rear horns.
 * @param value grey value without them
 * @returns grey value with them
 */
export function ventricles(
  value: number,
  { x, y }: Place,
  { z, patient, noise }: SliceContext,
): number {
  const present = 1 - smoothStep(0.28, 0.46, Math.abs(z - 0.12));
  if (present <= 0) return value;
  const size = patient.ventricles * (0.75 + 0.35 * present);
  let inside = 0;
  let plexus = 0;
  for (const side of [-1, 1]) {
    // A bent chamber: its center line leaves the midline to the front and to the back.
    const bend = side * (0.075 + 0.34 * y * y + (y > 0 ? 0.16 * y : 0));
    const halfWidth =
      size * (0.05 + 0.045 * smoothStep(0.05, 0.35, y) + 0.02 * smoothStep(0.05, 0.3, -y));
    const across = Math.abs(x - bend + 0.012 * noise(6 * y + 9, z * 4)) / halfWidth;
    const along = y > 0 ? y / (0.46 * size) : -y / (0.36 * size);
    inside = Math.max(inside, 1 - smoothStep(0.75, 1.05, Math.hypot(across, along ** 2)));
    const spot =
      Math.hypot((x - bend - side * 0.01) / 0.028, (y - 0.3) / 0.06) / patient.plexus +
      0.3 * noise(20 * x, 20 * y);
    plexus = Math.max(plexus, 1 - smoothStep(0.7, 1.1, spot));
  }
  const filled = value + (TISSUE.fluid - value) * inside * present;
  return filled + (TISSUE.vessel * 0.85 - filled) * plexus * inside * present;
}

/**
 * Vessels that the slice cuts: small bright spots near the surface and in the folds at the sides.
 * @param value grey value without them
 * @returns grey value with them
 */
export function vessels(
  value: number,
  { place: { x, y }, depth }: BrainPlace,
  { z, patient, noise }: SliceContext,
): number {
  const spots = noise(13 * x + patient.noiseOffset + 200, 13 * y + 3 * z);
  const near = 1 - smoothStep(0.03, 0.16, depth);
  const side = 1 - smoothStep(0.1, 0.2, Math.hypot(Math.abs(x) - 0.5, y + 0.12));
  const vessel =
    smoothStep(0.72, 0.82, spots) * Math.max(near, 0.9 * side * (1 - smoothStep(0.1, 0.3, z)));
  return value + (TISSUE.vessel - value) * vessel;
}
