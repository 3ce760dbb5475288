/** Tumors in a slice: enhancing tissue, a dead core, and the swelling around them. */
import type { Tumor } from "./tumor";
import { type Place, roughNoise, type SliceContext, smoothStep } from "./place";
import { TISSUE } from "./tissue";

/** Radii from a tumor's center beyond which it changes no grey value. */
const REACH = 2.6;

/** Grey value of a solid tumor, as a fraction of the grey value of a ring's rim. */
const SOLID_BRIGHTNESS = 0.92;

/** Distance from a tumor's center in its radii; 1 at its uneven surface. */
export function tumorDistance(
  tumor: Tumor,
  { x, y }: Pick<Place, "x" | "y">,
  { z, noise }: Pick<SliceContext, "z" | "noise">,
): number {
  const [dx, dy, dz] = [x - tumor.center[0], y - tumor.center[1], z - tumor.center[2]];
  const u = (dx * Math.cos(tumor.angle) + dy * Math.sin(tumor.angle)) / tumor.radii[0];
  const v = (-dx * Math.sin(tumor.angle) + dy * Math.cos(tumor.angle)) / tumor.radii[1];
  const plain = Math.hypot(u, v, dz / tumor.radii[2]);
  const direction = Math.atan2(v, u);
  const surface = roughNoise(
    noise,
    1.3 * Math.cos(direction) + tumor.noiseOffset,
    1.3 * Math.sin(direction) + 2 * z,
  );
  return plain * (1 + tumor.roughness * surface);
}

/**
 * Adds a tumor to a grey value.
 * @param value grey value without the tumor
 * @param options.tumor the tumor
 * @param options.place the position of the value
 * @param options.slice the slice
 * @returns grey value with the tumor
 */
export function withTumor(
  value: number,
  options: { readonly tumor: Tumor; readonly place: Place; readonly slice: SliceContext },
): number {
  const { tumor, place, slice } = options;
  const { x, y } = place;
  const { noise } = slice;
  const distance = tumorDistance(tumor, place, slice);
  if (distance > REACH) return value;
  const swelling = tumor.edema + 0.35 * noise(4 * x + tumor.noiseOffset, 4 * y);
  const edema = 1 - smoothStep(swelling - 0.3, swelling + 0.1, distance);
  const around = value + (Math.min(value, TISSUE.edema) - value) * 0.8 * edema;
  const texture = roughNoise(noise, 16 * x + tumor.noiseOffset, 16 * y);
  const enhancing = tumor.brightness * (1 + 0.12 * texture);
  if (tumor.kind === 1) {
    const middle = 1 - tumor.softMiddle * (1 - smoothStep(0.2, 0.8, distance));
    const solid = SOLID_BRIGHTNESS * middle * enhancing;
    return around + (solid - around) * (1 - smoothStep(0.94, 1.02, distance));
  }
  const thickness = tumor.rim * (1 + 0.6 * noise(5 * x + tumor.noiseOffset + 40, 5 * y));
  const inner = 1 - smoothStep(1 - thickness - 0.12, 1 - thickness + 0.04, distance);
  const inside = enhancing + (TISSUE.tumorCore + 16 * texture - enhancing) * inner;
  return around + (inside - around) * (1 - smoothStep(0.94, 1.03, distance));
}
