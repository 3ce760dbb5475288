/**
 * Checks that both sides of a case compute the same. Without that their times cannot be compared.
 */
import type { WeightMap } from "../src/weights/weight-map";

/** The largest distance between the results of one kind. */
export interface Distance {
  /** The first part of the results' names. */
  readonly kind: string;
  /** The relative distance. */
  readonly value: number;
  /** The name of the result with this distance. */
  readonly worst: string;
  /** The largest distance that is allowed. */
  readonly tolerance: number;
}

/**
 * Compares results by name. The distance is the Euclidean norm of the difference divided by that
 * of the reference.
 * @param ours the results of this project
 * @param reference the results of the reference
 * @param tolerances the largest allowed distance for each kind
 * @returns the largest distance of each kind
 * @throws when a result is missing, has another shape, is not finite, or exceeds the tolerance
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
  if (missing) throw new Error(`neither side has a result '${missing}'`);
  for (const { value, worst, tolerance } of distances.values()) {
    if (!(value <= tolerance))
      throw new Error(
        `the two sides do not compute the same: '${worst}' differs by ${value.toExponential(1)}, and ${tolerance} is allowed`,
      );
  }
  return [...distances.values()];
}

function distance(name: string, ours: WeightMap, reference: WeightMap): number {
  const [a, b] = [ours.get(name), reference.get(name)];
  if (!a || !b)
    throw new Error(`only ${a ? "this project" : "the reference"} has a result '${name}'`);
  if (a.shape.join() !== b.shape.join())
    throw new Error(
      `'${name}' has the shape [${a.shape}] in this project and [${b.shape}] in the reference`,
    );
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.data.length; i++) {
    difference += (a.data[i] - b.data[i]) ** 2;
    size += b.data[i] ** 2;
  }
  if (!Number.isFinite(difference)) throw new Error(`'${name}' is not finite`);
  // Two sides that both compute nothing would agree too.
  if (size === 0) throw new Error(`'${name}' is all zeros: there is nothing to compare`);
  return Math.sqrt(difference / size);
}

/** The distances for the table: `losses 2e-6, gradients 3e-4`. */
export function describeDistances(distances: readonly Distance[]): string {
  return distances
    .map(({ kind, value }) => `${kind} ${value ? value.toExponential(0) : "equal"}`)
    .join(", ");
}
