/** Positions in the head, and the functions of a position that the formulas of the phantom use. */
import type { NoiseFunction2D } from "simplex-noise";
import type { Patient } from "./patient";

/** A position in a slice, in half head widths. */
export interface Place {
  /** To the right of the center. */
  readonly x: number;
  /** To the back of the center. */
  readonly y: number;
  /** Distance from the center, divided by the head's radius in this direction. */
  readonly r: number;
  /** Direction from the center, radians, in the head before its elongation. */
  readonly angle: number;
}

/** What is the same for all places of a slice. */
export interface SliceContext {
  readonly patient: Patient;
  /** Height of the slice above the middle of the brain. */
  readonly z: number;
  /** The patient's noise. */
  readonly noise: NoiseFunction2D;
}

/** 0 below `from`, 1 above `to`, and a smooth transition between them. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** The sum of noise at three scales, in [-1, 1]. */
export function roughNoise(noise: NoiseFunction2D, x: number, y: number): number {
  return (
    0.6 * noise(x, y) + 0.28 * noise(2.1 * x + 7, 2.1 * y) + 0.12 * noise(4.3 * x, 4.3 * y + 3)
  );
}
