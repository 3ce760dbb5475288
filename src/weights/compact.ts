/**
 * Stores weights in a quarter of their size: the numbers of each channel are integers from -127 to
 * 127 times a step (Jacob et al. 2018, section 2.1, without its offset). This is for storage only,
 * calculations use 32-bit floats. Detections stay the same to about two digits.
 */
import { elementCount, type WeightMap } from "./weight-map";

/** The largest integer. */
const LARGEST = 127;

/** The steps of a tensor have its name with this ending. */
const STEPS = ".steps";

/** Tensors in the form in which they are stored; integers are an `Int8Array`. */
export type CompactWeights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array | Int8Array }
>;

/**
 * Converts kernels to integers with a step for each channel. Biases and scales, which are few, stay
 * floats.
 */
export function compactWeights(weights: WeightMap): CompactWeights {
  const compact = new Map<string, { shape: readonly number[]; data: Float32Array | Int8Array }>();
  for (const [name, { shape, data }] of weights) {
    if (shape.length < 2) {
      compact.set(name, { shape, data });
      continue;
    }
    const { channels, channelOf } = channelsOf(shape);
    const steps = new Float32Array(channels);
    data.forEach((value, i) => {
      const channel = channelOf(i);
      steps[channel] = Math.max(steps[channel], Math.abs(value) / LARGEST);
    });
    // The step of a channel of zeros is 0; its integers are 0 with any step.
    const integers = Int8Array.from(data, (value, i) =>
      Math.round(value / (steps[channelOf(i)] || 1)),
    );
    compact.set(name, { shape, data: integers });
    compact.set(`${name}${STEPS}`, { shape: [channels], data: steps });
  }
  return compact;
}

/**
 * The inverse of `compactWeights`: each number differs from the original by at most half a step.
 * Weights that are not compact are returned unchanged.
 * @throws when the number of steps is not that of the channels
 */
export function expandWeights(weights: WeightMap): WeightMap {
  const expanded: WeightMap = new Map();
  for (const [name, { shape, data }] of weights) {
    if (name.endsWith(STEPS)) continue;
    const steps = weights.get(`${name}${STEPS}`)?.data;
    if (!steps) {
      expanded.set(name, { shape, data });
      continue;
    }
    const { channels, channelOf } = channelsOf(shape);
    if (steps.length !== channels)
      throw new Error(`'${name}' has ${channels} channels and ${steps.length} steps`);
    expanded.set(name, { shape, data: data.map((value, i) => value * steps[channelOf(i)]) });
  }
  return expanded;
}

/**
 * The output channels of a kernel: the last axis that is longer than 1. For a depthwise kernel
 * `[height, width, channels, 1]` it is the third.
 * @returns their number, and the channel of each element
 */
function channelsOf(shape: readonly number[]): {
  channels: number;
  channelOf: (index: number) => number;
} {
  let axis = shape.length - 1;
  while (axis > 0 && shape[axis] === 1) axis--;
  const inner = elementCount(shape.slice(axis + 1));
  const channels = shape[axis];
  return { channels, channelOf: (index) => Math.floor(index / inner) % channels };
}
