/**
 * Healthy structures that look like a small tumor in one slice: thick veins that the slice cuts.
 * No box encloses them. Lengths are in half head widths.
 */
import type { Random } from "../../util/random";
import { type Place, type SliceContext, smoothStep } from "./place";
import { TISSUE } from "./tissue";

/** A vein that runs upward through some slices. */
export interface Vein {
  /** `[x, y, z]` of its middle: x to the right, y to the back, z upward. */
  readonly center: readonly [number, number, number];
  /** Half its thickness across and along its flat side. */
  readonly radii: readonly [number, number];
  /** Half its length upward. */
  readonly reach: number;
  /** Rotation in the slice, radians. */
  readonly angle: number;
  /** Sideways movement per height, `[x, y]`, because no vein runs straight up. */
  readonly slope: readonly [number, number];
  /** Grey value; a vein can be as bright as a tumor. */
  readonly brightness: number;
}

/** Highest number of such veins in a patient. */
const MAX_VEINS = 4;

/**
 * Draws a patient's thick veins, most of them near the surface of the brain.
 * @param elongation depth of the head divided by its width
 */
export function drawVeins(elongation: number, random: Random): Vein[] {
  return Array.from({ length: random.integer(MAX_VEINS + 1) }, () => {
    const depth = random.chance(0.7) ? random.uniform(0.68, 0.78) : random.uniform(0.25, 0.65);
    const direction = random.uniform(0, 2 * Math.PI);
    const thickness = random.uniform(0.024, 0.048);
    return {
      center: [
        depth * Math.cos(direction),
        depth * Math.sin(direction) * elongation,
        random.uniform(0, 0.5),
      ],
      radii: [thickness, thickness * random.uniform(1, 1.7)],
      reach: random.uniform(0.08, 0.25),
      angle: random.uniform(0, Math.PI),
      slope: [random.uniform(-0.3, 0.3), random.uniform(-0.3, 0.3)],
      brightness: random.uniform(0.75, 1) * TISSUE.vessel,
    };
  });
}

/**
 * Adds a patient's thick veins to a grey value.
 * @param value grey value without them
 * @returns grey value with them
 */
export function withVeins(
  value: number,
  { x, y }: Place,
  { z, patient, noise }: SliceContext,
): number {
  let result = value;
  for (const { center, radii, reach, angle, slope, brightness } of patient.veins) {
    const height = z - center[2];
    const presence = 1 - smoothStep(0.7, 1, Math.abs(height) / reach);
    if (presence <= 0) continue;
    const [dx, dy] = [x - center[0] - slope[0] * height, y - center[1] - slope[1] * height];
    const u = (dx * Math.cos(angle) + dy * Math.sin(angle)) / radii[0];
    const v = (-dx * Math.sin(angle) + dy * Math.cos(angle)) / radii[1];
    const distance = Math.hypot(u, v) + 0.2 * noise(20 * x, 20 * y);
    result += (brightness - result) * presence * (1 - smoothStep(0.8, 1.15, distance));
  }
  return result;
}
