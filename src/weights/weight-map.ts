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
  return shape.reduce((product, side) => product * side, 1);
}

/** The named weights; throws when they are missing or not of that shape, which means that the file is of another network. */
export function weightsOf(weights: WeightMap, name: string, shape: readonly number[]): Float32Array {
  const found = weights.get(name);
  if (!found) {
    const some = [...weights.keys()].slice(0, 3).join(", ") || "nothing";
    throw new Error(`the weights hold no '${name}' (they begin with ${some}): are they of another network?`);
  }
  if (found.shape.length !== shape.length || found.shape.some((side, axis) => side !== shape[axis])) {
    throw new Error(
      `the weights '${name}' are [${found.shape}] where the network has [${shape}]: are they of another network?`,
    );
  }
  return found.data;
}
