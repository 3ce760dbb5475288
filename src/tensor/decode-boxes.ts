/**
 * Decodes boxes with gradients, for losses that compare boxes (Faster R-CNN, section 3.1.2,
 * equation 2).
 */
import { type BoxCoder, MAX_LOG_GROWTH, MIN_SIDE } from "../boxes/box-coder";
import { tf } from "./tensorflow";

/**
 * Computes `BoxCoder.decode` on tensors. The gradient flows to the deltas. Numeric trap: the growth
 * of a side is limited as in `BoxCoder`, and a delta beyond the limit has a gradient of 0.
 * @param references `[N, 4]` pixels of the network's input
 * @param deltas `[N, 4]`
 * @returns `[N, 4]` pixels of the network's input; the caller disposes it
 */
export function decodeBoxesTensor(
  coder: BoxCoder,
  references: tf.Tensor2D,
  deltas: tf.Tensor2D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const [low, high] = tf.split(references, 2, 1);
    const size = high.sub(low).maximum(MIN_SIDE);
    const [shift, growth] = tf.split(
      deltas.div<tf.Tensor2D>(tf.tensor2d([...coder.weights], [1, 4])),
      2,
      1,
    );
    const center = low.add(high).div(2).add(shift.mul(size));
    const half = growth.minimum(MAX_LOG_GROWTH).exp().mul(size).mul(0.5);
    return tf.concat([center.sub(half), center.add(half)], 1) as tf.Tensor2D;
  });
}
