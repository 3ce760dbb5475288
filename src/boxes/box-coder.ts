/**
 * How a box is described relative to another box (R-CNN, Girshick et al. 2014, appendix C; Faster
 * R-CNN, section 3.1.2, equation 2): the shift of the center in units of the reference's sides, and
 * the logarithm of the change of the sides. The network learns these numbers, because they do not
 * depend on the size or the place of the reference.
 */
import type { BoxArray } from "../types";
import { boxCount } from "./box";

/**
 * Factors of the four deltas: the inverse of their expected spread, so that the loss sees numbers
 * around 1.
 */
export type DeltaWeights = readonly [number, number, number, number];

/**
 * No side grows more than about 60-fold in one step. Otherwise an extreme delta would overflow the
 * exponential.
 */
export const MAX_LOG_GROWTH = Math.log(1000 / 16);

/** Shorter sides count as this long, in pixels, so that a degenerate box has finite deltas. */
export const MIN_SIDE = 1e-3;

/**
 * Encodes boxes as deltas and decodes deltas to boxes; decoding inverts encoding.
 * @example
 * const coder = new BoxCoder([10, 10, 5, 5]);
 * const deltas = coder.encode(anchors, matched); // what the network learns
 * const boxes = coder.decode(anchors, deltas); // what it finds
 */
export class BoxCoder {
  /** @param weights factors of the deltas dx, dy, dw and dh */
  constructor(readonly weights: DeltaWeights = [1, 1, 1, 1]) {}

  /**
   * The deltas that turn each reference into its target. Both are in the same frame, in pixels.
   * @param references `[N, 4]`
   * @param targets `[N, 4]`
   * @returns `[N, 4]`: dx, dy, logarithm of the width's ratio, logarithm of the height's ratio,
   * each times its weight
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
   * The inverse of `encode`: moves each reference by its deltas. `decodeBoxesTensor` does the same
   * with gradients.
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
