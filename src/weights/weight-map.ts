/** Pretrained weights as plain arrays, whatever file they came from. */

export interface WeightTensor {
  readonly shape: readonly number[];
  /** Row by row, as in PyTorch: convolution kernels are `[outputs, inputs, height, width]`. */
  readonly data: Float32Array;
}

/** Weights by the name their file gives them. */
export type WeightMap = Map<string, WeightTensor>;

/** How many numbers a tensor of that shape has. */
export function elementCount(shape: readonly number[]): number {
  // Not by the product alone, which is NaN where the other sides overflow.
  return shape.includes(0) ? 0 : shape.reduce((product, side) => product * side, 1);
}

/** Weights that a network cannot be built from. */
export class UnusableWeightsError extends Error {}

/**
 * The named weights; throws an UnusableWeightsError when they are missing or not of that shape,
 * which means that the file is of another network, or not finite.
 */
export function weightsOf(
  weights: WeightMap,
  name: string,
  shape: readonly number[],
): Float32Array {
  const found = weights.get(name);
  if (!found) {
    const some = [...weights.keys()].slice(0, 3).join(", ") || "nothing";
    throw new UnusableWeightsError(
      `the weights hold no '${name}' (they begin with ${some}): are they of another network?`,
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
 * Throws an UnusableWeightsError, naming the weights and the first number, when one is NaN or
 * infinite: a single one makes every detection NaN. Readers of files leave this to whoever uses the
 * weights, as a file may hold more than a network needs.
 */
export function requireFinite(name: string, { data }: WeightTensor): void {
  const wrong = data.findIndex((number) => !Number.isFinite(number));
  if (wrong < 0) return;
  throw new UnusableWeightsError(
    `the weights '${name}' hold ${data[wrong]} (number ${wrong} of ${data.length}): get the file anew, or train again`,
  );
}
