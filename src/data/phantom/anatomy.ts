/**
 * A head's grey values in an axial slice after contrast agent, as formulas of position: scalp,
 * bone, fluid, brain and its vessels.
 */
import type { NoiseFunction2D } from "simplex-noise";
import type { Patient } from "./patient";

/**
 * Grey values of tissues in T1-weighted images: fat is bright, fluid and bone are dark, white
 * matter brighter than grey.
 */
const TISSUE = {
  air: 0,
  fat: 165,
  bone: 22,
  marrow: 75,
  fluid: 34,
  dura: 120,
  grey: 78,
  white: 118,
  nuclei: 96,
  vessel: 205,
};

/** Radii of the layers, in half head widths. */
const LAYER = {
  skin: 1,
  boneOutside: 0.94,
  marrowOutside: 0.915,
  marrowInside: 0.895,
  boneInside: 0.87,
  dura: 0.855,
  brain: 0.83,
};

/**
 * Positions in the head: x to the right, y to the back, both in half head widths before
 * elongation; r from the center.
 */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** Distance from the center in radii of the head in this direction. */
  readonly r: number;
  readonly angle: number;
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** Noise of several sizes added up. */
export function roughNoise(noise: NoiseFunction2D, x: number, y: number): number {
  return (
    0.6 * noise(x, y) + 0.28 * noise(2.1 * x + 7, 2.1 * y) + 0.12 * noise(4.3 * x, 4.3 * y + 3)
  );
}

/** How large the head's section is at height z. */
export function sectionRadius(z: number): number {
  return Math.sqrt(Math.max(0.05, 1 - (0.82 * z) ** 2));
}

/** The grey value at a place of the slice at height z, without tumors. */
export function anatomy(place: Place, z: number, patient: Patient, noise: NoiseFunction2D): number {
  const { r, angle } = place;
  const wobble = 0.012 * noise(2 * Math.cos(angle) + patient.noiseOffset, 2 * Math.sin(angle) + z);
  const edge = r + wobble;
  if (edge > LAYER.skin) return TISSUE.air;
  if (edge > LAYER.boneOutside)
    return (
      TISSUE.fat * (0.75 + 0.35 * roughNoise(noise, 9 * place.x + patient.noiseOffset, 9 * place.y))
    );
  if (edge > LAYER.boneInside) {
    const isMarrow = edge < LAYER.marrowOutside && edge > LAYER.marrowInside;
    return isMarrow ? TISSUE.marrow * (0.8 + 0.4 * noise(12 * place.x, 12 * place.y)) : TISSUE.bone;
  }
  if (edge > LAYER.dura)
    return TISSUE.dura * (0.7 + 0.4 * noise(8 * angle, z * 3 + patient.noiseOffset));
  const gyrus =
    LAYER.brain +
    0.018 * noise(5 * Math.cos(angle) + patient.noiseOffset, 5 * Math.sin(angle) + 2 * z);
  if (edge > gyrus) return TISSUE.fluid;
  return brain(place, gyrus - edge, z, patient, noise);
}

/** @param depth below the brain's surface */
function brain(
  place: Place,
  depth: number,
  z: number,
  patient: Patient,
  noise: NoiseFunction2D,
): number {
  const { x, y } = place;
  const f = 4.4 / patient.gyrusSize;
  // Folds are where a warped noise changes its sign: thin dark lines that wind, deeper near the
  // surface.
  const warpX = x + 0.09 * noise(3 * x + patient.noiseOffset, 3 * y + z);
  const warpY = y + 0.09 * noise(3 * x + 50, 3 * y + patient.noiseOffset + z);
  const fold = Math.abs(roughNoise(noise, f * warpX + patient.noiseOffset, f * warpY + 1.5 * z));
  const reach = 1 - smoothStep(0.16, 0.42, depth);
  const sulcus = reach * (1 - smoothStep(0.02, 0.075, fold));
  const cortex = Math.max(
    1 - smoothStep(0.03, 0.07, depth),
    reach * (1 - smoothStep(0.1, 0.22, fold)),
  );
  let value = TISSUE.white + (TISSUE.grey - TISSUE.white) * cortex;
  for (const side of [-1, 1]) {
    const nucleus =
      Math.hypot((x - 0.23 * side) / 0.13, (y - 0.02) / 0.22) + 0.2 * noise(4 * x, 4 * y);
    value +=
      (TISSUE.nuclei - value) *
      (1 - smoothStep(0.8, 1.1, nucleus)) *
      (1 - smoothStep(0.1, 0.35, Math.abs(z - 0.05)));
  }
  value += 5 * noise(14 * x + patient.noiseOffset, 14 * y);
  value += (TISSUE.fluid - value) * 0.85 * sulcus;
  value = midline(value, place, depth, noise);
  value = ventricles(value, place, z, patient, noise);
  return vessels(value, place, depth, z, patient, noise);
}

/** The fold of dura between the halves, which takes up contrast agent, and the fluid beside it. */
function midline(value: number, { x, y }: Place, depth: number, noise: NoiseFunction2D): number {
  const offset = Math.abs(x + 0.012 * noise(3 * y, 5));
  const along = smoothStep(0.42, 0.6, Math.abs(y));
  const gap = along * (1 - smoothStep(0.012, 0.035, offset));
  const sheet = along * (1 - smoothStep(0.004, 0.013, offset));
  const sinus = (1 - smoothStep(0.03, 0.06, Math.hypot(x, 0.9 * depth))) * (y > 0 ? 1 : 0.5);
  const withGap = value + (TISSUE.fluid - value) * 0.8 * gap;
  return withGap + (TISSUE.vessel - withGap) * Math.max(0.55 * sheet, 0.9 * sinus);
}

/**
 * Fluid-filled chambers, whose shape changes with height, with a bright plexus in their rear
 * horns.
 */
function ventricles(
  value: number,
  { x, y }: Place,
  z: number,
  patient: Patient,
  noise: NoiseFunction2D,
): number {
  const present = 1 - smoothStep(0.28, 0.46, Math.abs(z - 0.12));
  if (present <= 0) return value;
  const size = patient.ventricles * (0.75 + 0.35 * present);
  let inside = 0;
  let plexus = 0;
  for (const side of [-1, 1]) {
    // A bent chamber: its middle line leaves the midline to front and back.
    const bend = side * (0.075 + 0.34 * y * y + (y > 0 ? 0.16 * y : 0));
    const halfWidth =
      size * (0.05 + 0.045 * smoothStep(0.05, 0.35, y) + 0.02 * smoothStep(0.05, 0.3, -y));
    const across = Math.abs(x - bend + 0.012 * noise(6 * y + 9, z * 4)) / halfWidth;
    const along = y > 0 ? y / (0.46 * size) : -y / (0.36 * size);
    inside = Math.max(inside, 1 - smoothStep(0.75, 1.05, Math.hypot(across, along ** 2)));
    const spot =
      Math.hypot((x - bend - side * 0.01) / 0.028, (y - 0.3) / 0.06) + 0.3 * noise(20 * x, 20 * y);
    plexus = Math.max(plexus, 1 - smoothStep(0.7, 1.1, spot));
  }
  const filled = value + (TISSUE.fluid - value) * inside * present;
  return filled + (TISSUE.vessel * 0.85 - filled) * plexus * inside * present;
}

/** Cut vessels: small bright spots near the surface and in the side folds. */
function vessels(
  value: number,
  { x, y }: Place,
  depth: number,
  z: number,
  patient: Patient,
  noise: NoiseFunction2D,
): number {
  const spots = noise(13 * x + patient.noiseOffset + 200, 13 * y + 3 * z);
  const near = 1 - smoothStep(0.03, 0.16, depth);
  const side = 1 - smoothStep(0.1, 0.2, Math.hypot(Math.abs(x) - 0.5, y + 0.12));
  const vessel =
    smoothStep(0.72, 0.82, spots) * Math.max(near, 0.9 * side * (1 - smoothStep(0.1, 0.3, z)));
  return value + (TISSUE.vessel - value) * vessel;
}
