/**
 * Healthy structures that look like a small tumor in one slice: thick veins that the slice cuts.
 * No box encloses them.
 */
import { type Place, type SliceContext, smoothStep } from "./place";

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
