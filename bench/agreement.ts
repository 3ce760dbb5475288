/**
 * Whether both sides of a case compute the same: a ratio of times says nothing where they do not.
 */
import type { WeightMap } from "../src/weights/weight-map";

/** How far the results of one kind are apart. */
export interface Distance {
  /** The first part of the results' names. */
  readonly kind: string;
  /** The largest relative distance, and where it is. */
  readonly value: number;
  readonly worst: string;
  readonly tolerance: number;
}

/**
 * Compares results by name: the Euclidean norm of the difference over that of the reference, the
 * largest of each kind. Throws when a result is missing, has another shape, is not finite, or is
 * further away than its kind's tolerance.
 */
export function compareResults(
  ours: WeightMap,
  reference: WeightMap,
  tolerances: Readonly<Record<string, number>>,
): Distance[] {
  const names = [...new Set([...ours.keys(), ...reference.keys()])];
  const distances = new Map<string, Distance>();
  for (const name of names) {
    const kind = name.split("/")[0];
    const tolerance = tolerances[kind];
    if (tolerance === undefined) throw new Error(`'${name}': there is no tolerance for '${kind}'`);
    const value = distance(name, ours, reference);
    const known = distances.get(kind);
    if (!known || value > known.value) distances.set(kind, { kind, value, worst: name, tolerance });
  }
  const missing = Object.keys(tolerances).find((kind) => !distances.has(kind));
  if (missing) throw new Error(`neither side gave any '${missing}'`);
  for (const { value, worst, tolerance } of distances.values()) {
    if (!(value <= tolerance))
      throw new Error(
        `the two sides do not compute the same: '${worst}' is ${value.toExponential(1)} apart, and ${tolerance} is allowed`,
      );
  }
  return [...distances.values()];
}

function distance(name: string, ours: WeightMap, reference: WeightMap): number {
  const [a, b] = [ours.get(name), reference.get(name)];
  if (!a || !b)
    throw new Error(`'${name}' is given by ${a ? "this project" : "the reference"} alone`);
  if (a.shape.join() !== b.shape.join())
    throw new Error(`'${name}' is [${a.shape}] here and [${b.shape}] there`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.data.length; i++) {
    difference += (a.data[i] - b.data[i]) ** 2;
    size += b.data[i] ** 2;
  }
  if (!Number.isFinite(difference)) throw new Error(`'${name}' is not finite`);
  // Two sides that both compute nothing agree too.
  if (size === 0) throw new Error(`'${name}' is all zeros: there is nothing to compare`);
  return Math.sqrt(difference / size);
}

/** `losses 2e-6, gradients 3e-4`, for the table. */
export function describeDistances(distances: readonly Distance[]): string {
  return distances
    .map(({ kind, value }) => `${kind} ${value ? value.toExponential(0) : "equal"}`)
    .join(", ");
}
