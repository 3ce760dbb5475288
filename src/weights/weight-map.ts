/** Weights as plain arrays, the same for all kinds of files. */

/** A tensor of weights. */
export interface WeightTensor {
  readonly shape: readonly number[];
  /** Row by row. In files of PyTorch, kernels are `[outputs, inputs, height, width]`. */
  readonly data: Float32Array;
}

/** Weights by their names in the file. */
export type WeightMap = Map<string, WeightTensor>;

/** Number of elements of a tensor. */
export function elementCount(shape: readonly number[]): number {
  // The product alone would be NaN for a 0 beside sides whose product overflows.
  return shape.includes(0) ? 0 : shape.reduce((product, side) => product * side, 1);
}

/** Names that a message lists. */
const SHOWN_NAMES = 3;

/** Thrown when a network cannot be built from weights. */
export class UnusableWeightsError extends Error {}

/**
 * The numbers of a tensor.
 * @throws UnusableWeightsError when it is missing or has another shape (the file is of another
 * network), or when a number is not finite
 */
export function weightsOf(
  weights: WeightMap,
  name: string,
  shape: readonly number[],
): Float32Array {
  const found = weights.get(name);
  if (!found) {
    const first = [...weights.keys()].slice(0, SHOWN_NAMES).join(", ") || "nothing";
    throw new UnusableWeightsError(
      `the weights have no '${name}' (they begin with ${first}): are they of another network?`,
    );
  }
  if (
    found.shape.length !== shape.length ||
    found.shape.some((side, axis) => side !== shape[axis])
  ) {
    throw new UnusableWeightsError(
      `the weights '${name}' are [${found.shape}] where the network has [${shape}]: are they of another network?`,
    );
  }
  requireFinite(name, found);
  return found.data;
}

/**
 * Checks that all numbers are finite: a single NaN makes every detection NaN. The readers of files
 * do not check it, because a file may have more tensors than a network needs.
 * @param name of the tensor, for the message
 * @throws UnusableWeightsError with the first number that is not finite
 */
export function requireFinite(name: string, { data }: WeightTensor): void {
  // A loop, because a function for each of some million numbers takes a tenth of a second.
  let wrong = 0;
  while (wrong < data.length && Number.isFinite(data[wrong])) wrong++;
  if (wrong === data.length) return;
  throw new UnusableWeightsError(
    `the weights '${name}' contain ${data[wrong]} (number ${wrong} of ${data.length}): get the file again, or train again`,
  );
}
