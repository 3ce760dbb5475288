/**
 * How a box is told relative to another (R-CNN, Girshick et al. 2014, appendix C; Faster R-CNN, section 3.1.2, equation 2):
 * the centre's shift in units of the reference's size, and the logarithm of the change of size. The network learns these
 * numbers, since they do not depend on how large the reference is or where it lies.
 */
import { tf } from "../tensor/tensorflow";
import type { BoxArray } from "../types";

/** What the four deltas are multiplied by: the inverse of their expected spread, so that the loss sees numbers around 1. */
export type DeltaWeights = readonly [number, number, number, number];

const UNIT: DeltaWeights = [1, 1, 1, 1];

/** No side grows more than about 60-fold in one step; a wild delta would overflow the exponential otherwise. */
const MAX_LOG_GROWTH = Math.log(1000 / 16);

/** Sides below this many pixels count as this long, so that a degenerate box has finite deltas. */
const MIN_SIDE = 1e-3;

/**
 * The deltas that turn each reference into its target.
 * @param references `[N, 4]` pixels
 * @param targets `[N, 4]` pixels
 * @returns `[N, 4]`: dx, dy, log width ratio, log height ratio, each times its weight
 */
export function encodeBoxes(references: BoxArray, targets: BoxArray, weights: DeltaWeights = UNIT): Float32Array {
  if (references.length !== targets.length) {
    throw new Error(`encodeBoxes: ${references.length / 4} references for ${targets.length / 4} targets`);
  }
  const deltas = new Float32Array(references.length);
  for (let i = 0; i < deltas.length; i += 4) {
    for (let axis = 0; axis < 2; axis++) {
      const low = i + axis;
      const high = low + 2;
      const size = Math.max(references[high] - references[low], MIN_SIDE);
      const targetSize = Math.max(targets[high] - targets[low], MIN_SIDE);
      const shift = (targets[low] + targets[high] - references[low] - references[high]) / 2;
      deltas[low] = (weights[axis] * shift) / size;
      deltas[high] = weights[axis + 2] * Math.log(targetSize / size);
    }
  }
  return deltas;
}

/**
 * The inverse of `encodeBoxes`: moves each reference by its deltas.
 * @param references `[N, 4]` pixels
 * @param deltas `[N, 4]`
 * @returns `[N, 4]` pixels
 */
export function decodeBoxes(references: BoxArray, deltas: Float32Array, weights: DeltaWeights = UNIT): BoxArray {
  if (references.length !== deltas.length) {
    throw new Error(`decodeBoxes: ${references.length / 4} references for ${deltas.length / 4} deltas`);
  }
  const boxes = new Float32Array(references.length);
  for (let i = 0; i < boxes.length; i += 4) {
    for (let axis = 0; axis < 2; axis++) {
      const low = i + axis;
      const high = low + 2;
      const size = Math.max(references[high] - references[low], MIN_SIDE);
      const center = (references[low] + references[high]) / 2 + (deltas[low] / weights[axis]) * size;
      const half = 0.5 * size * Math.exp(Math.min(deltas[high] / weights[axis + 2], MAX_LOG_GROWTH));
      boxes[low] = center - half;
      boxes[high] = center + half;
    }
  }
  return boxes;
}

/**
 * `decodeBoxes` on tensors, for losses that compare boxes: the gradient flows to the deltas.
 * @returns `[N, 4]` pixels; the caller disposes it
 */
export function decodeBoxesTensor(
  references: tf.Tensor2D,
  deltas: tf.Tensor2D,
  weights: DeltaWeights = UNIT,
): tf.Tensor2D {
  return tf.tidy(() => {
    const [low, high] = tf.split(references, 2, 1);
    const size = high.sub(low).maximum(MIN_SIDE);
    const [shift, growth] = tf.split(deltas.div<tf.Tensor2D>(tf.tensor2d([...weights], [1, 4])), 2, 1);
    const center = low.add(high).div(2).add(shift.mul(size));
    const half = growth.minimum(MAX_LOG_GROWTH).exp().mul(size).mul(0.5);
    return tf.concat([center.sub(half), center.add(half)], 1) as tf.Tensor2D;
  });
}
