/** Draws the tumors of a synthetic patient. Lengths are in half head widths. */
import type { Random } from "../../util/random";
import { LOOKS, type TumorLook } from "./look";
import type { Tumor, TumorKind } from "./tumor";

/** How many tumors a patient has, and whether two of them touch. */
export type Arrangement = "none" | "one" | "two" | "touching";

/** What is decided about a patient's tumors before they are drawn. */
export interface TumorPlan {
  readonly arrangement: Arrangement;
  /** Class of all of them. */
  readonly kind: TumorKind;
  readonly look: TumorLook;
}

const COUNTS: Readonly<Record<Arrangement, number>> = { none: 0, one: 1, two: 2, touching: 2 };
/** The centers of two tumors that do not touch are at least this far apart. */
const MIN_TUMOR_DISTANCE = 0.55;
/** Distance between the centers of two tumors that touch, in the sum of their mean radii. */
const TOUCHING_DISTANCE = 1.02;
/** A tumor's center is at least this far from the fold between the halves of the brain. */
const MIN_MIDLINE_DISTANCE = 0.12;
/** A tumor's center is at most this far from the middle; the skull begins at 0.87. */
const MAX_DEPTH = 0.76;
/** Heights of the centers above the middle of the brain. */
const HEIGHTS = [0.05, 0.45] as const;
/** Two tumors of a patient have at most this difference in height, so that slices show both. */
const MAX_HEIGHT_DIFFERENCE = 0.04;
/** Front to back, tumors reach this fraction of the brain's length. */
const LENGTH_USED = 0.92;

/**
 * Draws a patient's tumors: solid ones at the brain's surface, rings deep inside, atypical ones the
 * other way round.
 * @param elongation depth of the head divided by its width
 */
export function drawTumors(plan: TumorPlan, elongation: number, random: Random): Tumor[] {
  const count = COUNTS[plan.arrangement];
  const tumors: Tumor[] = [];
  while (tumors.length < count) {
    const tumor = drawTumor(plan, { elongation, first: tumors[0] }, random);
    if (tumor) tumors.push(tumor);
  }
  return tumors;
}

/** Draws a tumor at random; null where it cannot be. */
function drawTumor(
  { arrangement, kind, look }: TumorPlan,
  { elongation, first }: { readonly elongation: number; readonly first?: Tumor },
  random: Random,
): Tumor | null {
  const ranges = LOOKS[look];
  const size = random.uniform(...(COUNTS[arrangement] > 1 ? ranges.sizeOfTwo : ranges.size));
  const isSolid = kind === 1;
  const isAtSurface = isSolid !== (look === "atypical");
  const depth = isAtSurface ? 0.8 - 0.75 * size : random.uniform(0.3, 0.74 - size);
  const direction = random.uniform(0, 2 * Math.PI);
  const length = elongation * LENGTH_USED;
  const isTouching = arrangement === "touching" && first !== undefined;
  const [x, y] = isTouching
    ? besides(first, size, direction)
    : [depth * Math.cos(direction), depth * Math.sin(direction) * length];
  const z = first
    ? first.center[2] + random.uniform(-MAX_HEIGHT_DIFFERENCE, MAX_HEIGHT_DIFFERENCE)
    : random.uniform(...HEIGHTS);
  const isApart =
    !first ||
    isTouching ||
    Math.hypot(first.center[0] - x, first.center[1] - y) > MIN_TUMOR_DISTANCE;
  const isInside = Math.hypot(x, y / length) < MAX_DEPTH;
  if (!isApart || !isInside || Math.abs(x) < MIN_MIDLINE_DISTANCE) return null;
  const radius = () => size * random.uniform(0.8, 1.2);
  return {
    kind,
    center: [x, y, z],
    radii: [radius(), radius(), size * random.uniform(0.9, 1.2)],
    angle: random.uniform(0, Math.PI),
    roughness: isSolid ? random.uniform(0.04, 0.12) : random.uniform(0.12, 0.24),
    noiseOffset: random.uniform(0, 1000),
    rim: random.uniform(...ranges.rim),
    softMiddle: isSolid && look === "atypical" ? random.uniform(0.2, 0.4) : 0,
    brightness: random.uniform(...ranges.brightness),
    edema: isSolid ? random.uniform(1.05, 1.35) : random.uniform(1.4, 2.1),
  };
}

/** The center of a tumor of a size that touches another one in a direction. */
function besides(other: Tumor, size: number, direction: number): [number, number] {
  const distance = TOUCHING_DISTANCE * (size + (other.radii[0] + other.radii[1]) / 2);
  return [
    other.center[0] + distance * Math.cos(direction),
    other.center[1] + distance * Math.sin(direction),
  ];
}
