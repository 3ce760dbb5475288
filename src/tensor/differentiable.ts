/**
 * Operations whose gradient is written by hand, in place of the chain that TensorFlow.js would make
 * of their parts. What only the gradient wanted is freed as soon as it has run: left to
 * TensorFlow.js, every map and every map's gradient would live until the whole backward pass is
 * done, a third of a training step's memory.
 */
import { tf } from "./tensorflow";

export interface HandWritten {
  /** The output, and the tensors that the gradient wants to see again. */
  readonly forward: (...inputs: tf.Tensor[]) => {
    readonly value: tf.Tensor;
    readonly saved: readonly tf.Tensor[];
  };
  /**
   * From the gradient of the output, and what was saved, to the gradients of all inputs in their
   * order. It disposes nothing.
   */
  readonly backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[];
}

/** The operation of these two; its output is the caller's to dispose, as tf.tidy does. */
export function differentiable({
  forward,
  backward,
}: HandWritten): (...inputs: tf.Tensor[]) => tf.Tensor {
  return tf.customGrad((...parameters: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = parameters.pop() as tf.GradSaveFunc;
    const { value, saved } = forward(...(parameters as tf.Tensor[]));
    save([...saved]);
    const gradFunc = (dy: tf.Tensor, kept: tf.Tensor[]) => {
      const gradients = tf.tidy(() => backward(dy, kept));
      tf.dispose(kept);
      if (isOfBackwardPass(dy)) dy.dispose();
      return gradients;
    };
    return { value, gradFunc };
  });
}

/** Whether the backward pass under way made a tensor, not whoever asked for the gradients. */
function isOfBackwardPass(tensor: tf.Tensor): boolean {
  return tensor.scopeId === tf.engine().state.activeScope?.id;
}
