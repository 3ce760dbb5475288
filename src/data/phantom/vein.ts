/** The thick veins of a synthetic patient. Lengths are in half head widths. */
import type { Random } from "../../util/random";
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
