/**
 * Renders one slice of a patient as a scanner would give it, with the boxes of the tumors it cuts.
 */
import { createNoise2D } from "simplex-noise";
import { Random } from "../../util/random";
import type { Box } from "../../types";
import { anatomy, Place, sectionRadius } from "./anatomy";
import { tumorDistance, withTumor } from "./lesion";
import type { Patient } from "./patient";

/** A cut of fewer pixels is too small to be told from a vessel: it is left out of the picture. */
const MIN_PIXELS = 60;

export interface PhantomSlice {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly { readonly classId: number; readonly box: Box }[];
}

/** @param z height of the slice, in half head widths above the middle of the brain */
export function renderSlice(patient: Patient, z: number, seed: string): PhantomSlice {
  const { width, height, scale } = patient;
  const shapes = new Random(`${seed}/${patient.id}/shapes`);
  const noise = createNoise2D(() => shapes.uniform());
  const grain = new Random(`${seed}/${patient.id}/${z.toFixed(3)}/grain`);
  const section = sectionRadius(z);
  const placeOf = (column: number, row: number): Place => {
    const px = (column + 0.5 - width / 2 - patient.offset[0]) / scale;
    const py = (row + 0.5 - height / 2 - patient.offset[1]) / scale;
    const x = px * Math.cos(patient.tilt) + py * Math.sin(patient.tilt);
    const y = -px * Math.sin(patient.tilt) + py * Math.cos(patient.tilt);
    const angle = Math.atan2(y / patient.elongation, x);
    return { x, y, angle, r: Math.hypot(x, y / patient.elongation) / section };
  };

  const extents = patient.tumors.map(() => ({ x1: width, y1: height, x2: 0, y2: 0, pixels: 0 }));
  forEachPixel(width, height, (column, row) => {
    const { x, y, r } = placeOf(column, row);
    patient.tumors.forEach((tumor, i) => {
      if (r > 0.86 || tumorDistance(tumor, x, y, z, noise) > 0.98) return;
      const extent = extents[i];
      extent.x1 = Math.min(extent.x1, column);
      extent.y1 = Math.min(extent.y1, row);
      extent.x2 = Math.max(extent.x2, column + 1);
      extent.y2 = Math.max(extent.y2, row + 1);
      extent.pixels++;
    });
  });
  const cut = patient.tumors
    .map((tumor, i) => ({ tumor, ...extents[i] }))
    .filter(({ pixels }) => pixels >= MIN_PIXELS);

  const ideal = new Float32Array(width * height);
  forEachPixel(width, height, (column, row, i) => {
    const place = placeOf(column, row);
    let value = anatomy(place, z, patient, noise);
    if (place.r < 0.86)
      for (const { tumor } of cut) value = withTumor(value, tumor, place.x, place.y, z, noise);
    ideal[i] = value;
  });
  return {
    pixels: scan(blur(ideal, width, height), patient, grain),
    width,
    height,
    boxes: cut.map(({ tumor, x1, y1, x2, y2 }) => ({ classId: tumor.kind, box: [x1, y1, x2, y2] })),
  };
}

/**
 * The scanner's part: uneven sensitivity, brightness, and noise, which in the magnitude of a
 * complex signal is Rician (Gudbjartsson & Patz 1995).
 */
function scan(ideal: Float32Array, patient: Patient, random: Random): Uint8Array {
  const { width, height } = patient;
  const pixels = new Uint8Array(ideal.length);
  forEachPixel(width, height, (column, row, i) => {
    const along =
      ((column / width - 0.5) * Math.cos(patient.biasAngle) +
        (row / height - 0.5) * Math.sin(patient.biasAngle)) *
      2;
    const sensitivity = patient.gain * (1 + patient.bias * along);
    const real = ideal[i] * sensitivity + patient.noise * random.normal();
    const imaginary = patient.noise * random.normal();
    pixels[i] = Math.min(255, Math.round(Math.hypot(real, imaginary)));
  });
  return pixels;
}

/** A pixel's signal comes partly from its neighbors: a 3x3 binomial mean. */
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
    blurred[i] = sum / 16;
  });
  return blurred;
}

function forEachPixel(
  width: number,
  height: number,
  visit: (column: number, row: number, index: number) => void,
): void {
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) visit(column, row, i);
}
