/**
 * The patients of the synthetic data set: what differs between them in head, scanner and tumors.
 * Lengths are in half head widths.
 */
import type { Random } from "../../util/random";

/** Class of a tumor: 0 is `ring-enhancing` (with a dead core), 1 is `solid-enhancing`. */
export type TumorKind = 0 | 1;

/** An ellipsoid with an uneven surface. */
export interface Tumor {
  readonly kind: TumorKind;
  /** `[x, y, z]`: x to the right, y to the back, z upward. */
  readonly center: readonly [number, number, number];
  readonly radii: readonly [number, number, number];
  /** Rotation in the slice, radians. */
  readonly angle: number;
  /** Unevenness of the surface, as a fraction of the radius. */
  readonly roughness: number;
  /** Where in the noise the surface is read, so that each tumor has its own shape. */
  readonly noiseOffset: number;
  /** Thickness of a ring's rim, as a fraction of the radius. */
  readonly rim: number;
  /** Grey value of the enhancing tissue. */
  readonly brightness: number;
  /** Radius of the swelling around the tumor, in radii of the tumor. */
  readonly edema: number;
}

/** A synthetic patient. */
export interface Patient {
  readonly id: string;
  readonly tumors: readonly Tumor[];
  /** Depth of the head (front to back) divided by its width. */
  readonly elongation: number;
  /** Rotation of the head in the slice, radians. */
  readonly tilt: number;
  /** Size of the ventricles; 1 is average. */
  readonly ventricles: number;
  /** Size of the brain's folds; 1 is average. */
  readonly gyrusSize: number;
  /** Where in the noise the anatomy is read, so that each patient has their own. */
  readonly noiseOffset: number;
  /** Factor by which the grey values of the tissues are multiplied. */
  readonly gain: number;
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

/** Two tumors of a patient are at least this far apart. */
const MIN_TUMOR_DISTANCE = 0.55;
/** A tumor's center is at least this far from the fold between the halves of the brain. */
const MIN_MIDLINE_DISTANCE = 0.12;

/**
 * Draws a patient.
 * @param options.id name of the patient
 * @param options.tumorCount number of tumors
 * @param options.kind class of all of them
 */
export function drawPatient(
  options: { readonly id: string; readonly tumorCount: number; readonly kind: TumorKind },
  random: Random,
): Patient {
  const { id, tumorCount, kind } = options;
  const [width, height] = FIELDS[random.integer(FIELDS.length)];
  const elongation = random.uniform(1.16, 1.32);
  const scale = Math.min(
    width * random.uniform(0.4, 0.46),
    (height / elongation) * random.uniform(0.41, 0.46),
  );
  return {
    id,
    tumors: drawTumors({ count: tumorCount, kind, elongation }, random),
    elongation,
    tilt: random.uniform(-0.12, 0.12),
    ventricles: random.uniform(0.8, 1.35),
    gyrusSize: random.uniform(0.85, 1.2),
    noiseOffset: random.uniform(0, 1000),
    gain: random.uniform(0.75, 1.15),
    noise: random.uniform(2.5, 5.5),
    bias: random.uniform(0.05, 0.25),
    biasAngle: random.uniform(0, 2 * Math.PI),
    width,
    height,
    scale,
    offset: [random.uniform(-0.03, 0.03) * width, random.uniform(-0.02, 0.02) * height],
  };
}

/** Draws separate tumors: solid ones at the brain's surface, rings deep inside. */
function drawTumors(
  options: { readonly count: number; readonly kind: TumorKind; readonly elongation: number },
  random: Random,
): Tumor[] {
  const { count, kind, elongation } = options;
  const isSolid = kind === 1;
  const tumors: Tumor[] = [];
  while (tumors.length < count) {
    const size = count > 1 ? random.uniform(0.11, 0.17) : random.uniform(0.13, 0.27);
    const depth = isSolid ? 0.8 - 0.75 * size : random.uniform(0.3, 0.74 - size);
    const direction = random.uniform(0, 2 * Math.PI);
    const center = [
      depth * Math.cos(direction),
      depth * Math.sin(direction) * elongation * 0.92,
      random.uniform(0.05, 0.45),
    ] as const;
    const isApart = tumors.every(
      (other) =>
        Math.hypot(other.center[0] - center[0], other.center[1] - center[1]) > MIN_TUMOR_DISTANCE,
    );
    if (!isApart || Math.abs(center[0]) < MIN_MIDLINE_DISTANCE) continue;
    tumors.push({
      kind,
      center: tumors.length
        ? [center[0], center[1], tumors[0].center[2] + random.uniform(-0.04, 0.04)]
        : center,
      radii: [
        size * random.uniform(0.8, 1.2),
        size * random.uniform(0.8, 1.2),
        size * random.uniform(0.9, 1.2),
      ],
      angle: random.uniform(0, Math.PI),
      roughness: isSolid ? random.uniform(0.04, 0.1) : random.uniform(0.12, 0.24),
      noiseOffset: random.uniform(0, 1000),
      rim: random.uniform(0.22, 0.45),
      brightness: random.uniform(165, 215),
      edema: isSolid ? random.uniform(1.05, 1.35) : random.uniform(1.4, 2.1),
    });
  }
  return tumors;
}
