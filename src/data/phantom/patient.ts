/**
 * The patients of the synthetic data set: what differs between them in head, scanner and tumors.
 * Lengths are in half head widths.
 */
import type { Random } from "../../util/random";
import { drawTumors, type TumorPlan } from "./draw-tumors";
import type { Reader } from "./reader";
import type { Tumor } from "./tumor";
import { drawVeins, type Vein } from "./vein";

/** A synthetic patient. */
export interface Patient {
  readonly id: string;
  readonly tumors: readonly Tumor[];
  /** Veins that look like a small tumor. */
  readonly veins: readonly Vein[];
  /** The person who draws the boxes of the patient's slices. */
  readonly reader: Reader;
  /** Depth of the head (front to back) divided by its width. */
  readonly elongation: number;
  /** Rotation of the head in the slice, radians. */
  readonly tilt: number;
  /** Size of the ventricles; 1 is average. */
  readonly ventricles: number;
  /** Size of the plexus in the ventricles; 1 is average. */
  readonly plexus: number;
  /** Size of the brain's folds; 1 is average. */
  readonly gyrusSize: number;
  /** Where in the noise the anatomy is read, so that each patient has their own. */
  readonly noiseOffset: number;
  /** Factor by which the grey values of the tissues are multiplied. */
  readonly gain: number;
  /** Thickness of a slice, in half head widths. */
  readonly thickness: number;
  /** Standard deviation of the scanner's noise, in grey values. */
  readonly noise: number;
  /** Fraction by which the scanner's sensitivity decreases across the head. */
  readonly bias: number;
  /** Direction in which it decreases, radians. */
  readonly biasAngle: number;
  /** Size of the slices in pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of half a head width. */
  readonly scale: number;
  /** Distance of the head from the middle of the slice in pixels, `[x, y]`. */
  readonly offset: readonly [number, number];
}

/** Fields of view in pixels, `[width, height]`. They are independent of the tumors. */
const FIELDS: readonly (readonly [number, number])[] = [
  [256, 256],
  [224, 224],
  [208, 256],
  [192, 240],
];

/**
 * Draws a patient.
 * @param options.id name of the patient
 * @param options.reader the person who draws the boxes
 * @param options.plan what is decided about the tumors
 */
export function drawPatient(
  options: { readonly id: string; readonly reader: Reader; readonly plan: TumorPlan },
  random: Random,
): Patient {
  const { id, reader, plan } = options;
  const [width, height] = FIELDS[random.integer(FIELDS.length)];
  const elongation = random.uniform(1.16, 1.32);
  const scale = Math.min(
    width * random.uniform(0.4, 0.46),
    (height / elongation) * random.uniform(0.41, 0.46),
  );
  return {
    id,
    tumors: drawTumors(plan, elongation, random),
    veins: drawVeins(elongation, random),
    reader,
    elongation,
    tilt: random.uniform(-0.12, 0.12),
    ventricles: random.uniform(0.8, 1.35),
    plexus: random.uniform(0.8, 1.7),
    gyrusSize: random.uniform(0.85, 1.2),
    noiseOffset: random.uniform(0, 1000),
    gain: random.uniform(0.7, 1.15),
    thickness: random.uniform(0.03, 0.08),
    noise: random.uniform(2.5, 6.5),
    bias: random.uniform(0.05, 0.25),
    biasAngle: random.uniform(0, 2 * Math.PI),
    width,
    height,
    scale,
    offset: [random.uniform(-0.03, 0.03) * width, random.uniform(-0.02, 0.02) * height],
  };
}
