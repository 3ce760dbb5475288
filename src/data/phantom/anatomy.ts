/**
 * The grey values of a head in an axial slice after contrast agent, as formulas of the position:
 * scalp, bone, fluid and brain. The numbers in the formulas were chosen by eye, so that the slices
 * look like T1-weighted images; lengths are in half head widths.
 */
import { midline, ventricles, vessels } from "./brain-structures";
import { withVeins } from "./lookalikes";
import { type Place, roughNoise, type SliceContext, smoothStep } from "./place";
import { TISSUE } from "./tissue";

/** Distances from the center at which the layers of the head end. */
const LAYER = {
  skin: 1,
  boneOutside: 0.94,
  marrowOutside: 0.915,
  marrowInside: 0.895,
  boneInside: 0.87,
  dura: 0.855,
  brain: 0.83,
};

/** Size of the head's cross-section at height z; 1 in the middle. */
export function sectionRadius(z: number): number {
  return Math.sqrt(Math.max(0.05, 1 - (0.82 * z) ** 2));
}

/** The grey value at a place of a slice, without tumors. */
export function anatomy(place: Place, slice: SliceContext): number {
  const { r, angle } = place;
  const { z, patient, noise } = slice;
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
  const surface =
    LAYER.brain +
    0.018 * noise(5 * Math.cos(angle) + patient.noiseOffset, 5 * Math.sin(angle) + 2 * z);
  if (edge > surface) return TISSUE.fluid;
  return brain(place, surface - edge, slice);
}

/** @param depth distance below the brain's surface */
function brain(place: Place, depth: number, slice: SliceContext): number {
  const { x, y } = place;
  const { z, patient, noise } = slice;
  const f = 4.4 / patient.gyrusSize;
  // Folds are where a warped noise changes its sign: thin, dark, winding lines, deeper near the
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
  value = midline(value, { place, depth }, noise);
  value = ventricles(value, place, slice);
  return withVeins(vessels(value, { place, depth }, slice), place, slice);
}
