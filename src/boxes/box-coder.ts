/**
 * Encodes a box relative to a reference box (R-CNN, Girshick et al. 2014, appendix C; Faster R-CNN,
 * section 3.1.2, equation 2). The four deltas are the shift of the center, divided by the sides of
 * the reference, and the logarithm of the ratio of the sides. The network predicts deltas because
 * they depend neither on the size nor on the position of the reference.
 */
import type { BoxArray } from "../types";
import { boxCount } from "./box";

/**
 * Factors of the four deltas: the inverse of their expected standard deviation. With them, the
 * targets of the loss are numbers around 1.
 */
export type DeltaWeights = readonly [number, number, number, number];

/**
 * Largest logarithm of the growth of a side: a factor of 62.5. Numeric trap: without this limit, an
 * extreme delta would overflow the exponential.
 */
export const MAX_LOG_GROWTH = Math.log(1000 / 16);

/**
 * Shorter sides are treated as this long, in pixels. Numeric trap: without this limit, a box
 * without a size would have infinite deltas.
 */
export const MIN_SIDE = 1e-3;

/**
 * Encodes boxes as deltas and decodes deltas to boxes. Decoding is the inverse of encoding.
 * @example
 * const coder = new BoxCoder([10, 10, 5, 5]);
 * const deltas = coder.encode(anchors, matchedBoxes); // the targets of the network
 * const boxes = coder.decode(anchors, deltas); // the matched boxes again
 */
export class BoxCoder {
  /** @param weights factors of the deltas dx, dy, dw and dh */
  constructor(readonly weights: DeltaWeights = [1, 1, 1, 1]) {}

  /**
   * Computes the deltas that move each reference to its target. Both must be in the same frame.
   * @param references `[N, 4]` pixels
   * @param targets `[N, 4]` pixels
   * @returns `[N, 4]`: dx, dy, and the logarithms of the ratios of widths and of heights, each
   * multiplied by its weight
   * @throws when the numbers of references and targets differ
   */
  encode(references: BoxArray, targets: BoxArray): Float32Array {
    requireSameCount("BoxCoder.encode", references, targets, "targets");
    const { weights } = this;
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
   * Moves each reference by its deltas, the inverse of `encode`. `decodeBoxesTensor` computes the
   * same with gradients.
   * @param references `[N, 4]` pixels
   * @param deltas `[N, 4]`
   * @returns `[N, 4]` pixels, in the frame of the references
   * @throws when the numbers of references and deltas differ
   */
  decode<Boxes extends BoxArray>(references: Boxes, deltas: Float32Array): Boxes {
    requireSameCount("BoxCoder.decode", references, deltas, "deltas");
    const { weights } = this;
    const boxes = new Float32Array(references.length);
    for (let i = 0; i < boxes.length; i += 4) {
      for (let axis = 0; axis < 2; axis++) {
        const low = i + axis;
        const high = low + 2;
        const size = Math.max(references[high] - references[low], MIN_SIDE);
        const center =
          (references[low] + references[high]) / 2 + (deltas[low] / weights[axis]) * size;
        const half =
          0.5 * size * Math.exp(Math.min(deltas[high] / weights[axis + 2], MAX_LOG_GROWTH));
        boxes[low] = center - half;
        boxes[high] = center + half;
      }
    }
    return boxes as Boxes;
  }
}

function requireSameCount(
  caller: string,
  references: BoxArray,
  others: Float32Array,
  name: string,
): void {
  if (references.length === others.length) return;
  throw new Error(`${caller}: ${boxCount(references)} references for ${boxCount(others)} ${name}`);
}
