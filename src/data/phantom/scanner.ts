/**
 * What the scanner adds to a slice: blur, uneven sensitivity, brightness, and noise.
 */
import type { Random } from "../../util/random";
import type { Patient } from "./patient";
import { forEachPixel } from "./pixels";

/** The highest grey value. */
const WHITE = 255;
/** Sum of the weights of the 3x3 binomial mean. */
const BINOMIAL_SUM = 16;

/**
 * Grey values as a scanner gives them. The noise is Rician, as in the magnitude of a complex signal
 * (Gudbjartsson & Patz 1995).
 * @param ideal `[height, width]` grey values of the tissues, row by row
 * @param random gives the noise
 * @returns grey values from 0 to 255
 */
export function scan(ideal: Float32Array, patient: Patient, random: Random): Uint8Array {
  const { width, height } = patient;
  const blurred = blur(ideal, width, height);
  const pixels = new Uint8Array(ideal.length);
  forEachPixel(width, height, (column, row, i) => {
    const along =
      ((column / width - 0.5) * Math.cos(patient.biasAngle) +
        (row / height - 0.5) * Math.sin(patient.biasAngle)) *
      2;
    const sensitivity = patient.gain * (1 + patient.bias * along);
    const real = blurred[i] * sensitivity + patient.noise * random.normal();
    const imaginary = patient.noise * random.normal();
    pixels[i] = Math.min(WHITE, Math.round(Math.hypot(real, imaginary)));
  });
  return pixels;
}

/** A 3x3 binomial mean: a part of each pixel's signal comes from its neighbors. */
function blur(values: Float32Array, width: number, height: number): Float32Array {
  const blurred = new Float32Array(values.length);
  const at = (column: number, row: number) =>
    values[
      Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column))
    ];
  forEachPixel(width, height, (column, row, i) => {
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++)
        sum += at(column + dx, row + dy) * (2 - Math.abs(dx)) * (2 - Math.abs(dy));
    }
    blurred[i] = sum / BINOMIAL_SUM;
  });
  return blurred;
}
