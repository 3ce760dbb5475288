/**
 * Weights in a quarter of their size: each channel's numbers as whole multiples, from -127 to 127,
 * of one step. Detections stay the same to about two digits (Jacob et al. 2018, section 2.1,
 * without its offset, for storage only: calculations stay in 32-bit floats).
 */
import { elementCount, type WeightMap } from "./weight-map";

const LARGEST = 127;

/** A tensor's steps stand beside it under its name and this ending. */
const STEPS = ".steps";

/** Tensors to be stored, whole numbers as `Int8Array`. */
export type CompactWeights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array | Int8Array }
>;

/**
 * Kernels become whole numbers and a step for each channel; biases and scales, which are few, stay
 * as they are.
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
    // A channel of zeros has no step; its numbers are 0 either way.
    const whole = Int8Array.from(data, (value, i) =>
      Math.round(value / (steps[channelOf(i)] || 1)),
    );
    compact.set(name, { shape, data: whole });
    compact.set(`${name}${STEPS}`, { shape: [channels], data: steps });
  }
  return compact;
}

/**
 * Undoes `compactWeights` up to half a step a number; weights that are not compact come back as
 * they are.
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
 * The output channels: the last axis that is longer than 1, which is the third of a depthwise
 * kernel `[height, width, channels, 1]`.
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
