/**
 * What differs from patient to patient in the synthetic sample: head, brightness, scanner, and the
 * tumors. Lengths are in half head widths.
 */
import type { Random } from "../../util/random";

/** `ring-enhancing` has a dead core, `solid-enhancing` none. */
export type TumorKind = 0 | 1;

/** An ellipsoid with an uneven surface. */
export interface Tumor {
  readonly kind: TumorKind;
  /** x to the right, y to the back, z upward. */
  readonly center: readonly [number, number, number];
  readonly radii: readonly [number, number, number];
  /** Rotation in the slice, radians. */
  readonly angle: number;
  /** Unevenness of its surface. */
  readonly roughness: number;
  /** Where in the noise its surface is read. */
  readonly noiseOffset: number;
  /** Thickness of a ring's rim as part of its radius. */
  readonly rim: number;
  readonly brightness: number;
  /** How far swelling reaches, in its own radii. */
  readonly edema: number;
}

export interface Patient {
  readonly id: string;
  readonly tumors: readonly Tumor[];
  /** Depth of the head against its width. */
  readonly elongation: number;
  readonly tilt: number;
  readonly ventricles: number;
  readonly gyrusSize: number;
  readonly noiseOffset: number;
  /** Grey values of the tissues are multiplied by this. */
  readonly gain: number;
  /** Standard deviation of the scanner's noise in grey values. */
  readonly noise: number;
  /** Part by which the receiver's sensitivity falls off across the head, and towards which side. */
  readonly bias: number;
  readonly biasAngle: number;
  readonly width: number;
  readonly height: number;
  /** Half the head's width in pixels. */
  readonly scale: number;
  readonly offset: readonly [number, number];
}

/** Fields of view that scanners give, in pixels; which one has nothing to do with the tumor. */
const FIELDS: readonly (readonly [number, number])[] = [
  [256, 256],
  [224, 224],
  [208, 256],
  [192, 240],
];

/** Draws a patient with so many tumors of one kind. */
export function drawPatient(
  id: string,
  tumorCount: number,
  kind: TumorKind,
  random: Random,
): Patient {
  const [width, height] = FIELDS[random.integer(FIELDS.length)];
  const elongation = random.uniform(1.16, 1.32);
  const scale = Math.min(
    width * random.uniform(0.4, 0.46),
    (height / elongation) * random.uniform(0.41, 0.46),
  );
  return {
    id,
    tumors: drawTumors(tumorCount, kind, elongation, random),
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

/** Tumors apart from each other: a solid one at the brain's surface, a ring deep inside. */
function drawTumors(count: number, kind: TumorKind, elongation: number, random: Random): Tumor[] {
  const tumors: Tumor[] = [];
  while (tumors.length < count) {
    const size = count > 1 ? random.uniform(0.11, 0.17) : random.uniform(0.13, 0.27);
    const depth = kind === 1 ? 0.8 - 0.75 * size : random.uniform(0.3, 0.74 - size);
    const direction = random.uniform(0, 2 * Math.PI);
    const center = [
      depth * Math.cos(direction),
      depth * Math.sin(direction) * elongation * 0.92,
      random.uniform(0.05, 0.45),
    ] as const;
    const isApart = tumors.every(
      (other) => Math.hypot(other.center[0] - center[0], other.center[1] - center[1]) > 0.55,
    );
    if (!isApart || Math.abs(center[0]) < 0.12) continue;
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
      roughness: kind === 1 ? random.uniform(0.04, 0.1) : random.uniform(0.12, 0.24),
      noiseOffset: random.uniform(0, 1000),
      rim: random.uniform(0.22, 0.45),
      brightness: random.uniform(165, 215),
      edema: kind === 1 ? random.uniform(1.05, 1.35) : random.uniform(1.4, 2.1),
    });
  }
  return tumors;
}
