/**
 * Tumors in a slice: what takes up contrast agent, what is dead inside, and the swelling around.
 */
import type { NoiseFunction2D } from "simplex-noise";
import { roughNoise, smoothStep } from "./anatomy";
import type { Tumor } from "./patient";

/** Grey values: dead core and swollen tissue are dark in T1-weighted images. */
const CORE = 42;
const EDEMA = 76;

/** Distance from a tumor's center in its own radii, at its uneven surface 1. */
export function tumorDistance(
  tumor: Tumor,
  x: number,
  y: number,
  z: number,
  noise: NoiseFunction2D,
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

/** The grey value at a place, given what would be there without the tumor. */
export function withTumor(
  value: number,
  tumor: Tumor,
  x: number,
  y: number,
  z: number,
  noise: NoiseFunction2D,
): number {
  const distance = tumorDistance(tumor, x, y, z, noise);
  if (distance > 2.6) return value;
  const swelling = tumor.edema + 0.35 * noise(4 * x + tumor.noiseOffset, 4 * y);
  const edema = 1 - smoothStep(swelling - 0.3, swelling + 0.1, distance);
  const around = value + (Math.min(value, EDEMA) - value) * 0.8 * edema;
  const texture = roughNoise(noise, 16 * x + tumor.noiseOffset, 16 * y);
  const enhancing = tumor.brightness * (1 + 0.12 * texture);
  if (tumor.kind === 1)
    return around + (enhancing * 0.92 - around) * (1 - smoothStep(0.94, 1.02, distance));
  const thickness = tumor.rim * (1 + 0.6 * noise(5 * x + tumor.noiseOffset + 40, 5 * y));
  const inner = 1 - smoothStep(1 - thickness - 0.12, 1 - thickness + 0.04, distance);
  const inside = enhancing + (CORE + 16 * texture - enhancing) * inner;
  return around + (inside - around) * (1 - smoothStep(0.94, 1.03, distance));
}
