/**
 * Operations with a hand-written gradient, which replaces the chain of small operations that
 * TensorFlow.js would make. The saved tensors are freed as soon as the gradient is computed.
 * TensorFlow.js would keep every feature map and its gradient until the end of the backward pass,
 * which is a third of the memory of a training step.
 */
import { tf } from "./tensorflow";

/** An operation and its gradient. */
export interface HandWritten {
  /** Computes the output. Also returns the tensors that the gradient needs. */
  readonly forward: (...inputs: tf.Tensor[]) => {
    readonly value: tf.Tensor;
    readonly saved: readonly tf.Tensor[];
  };
  /**
   * Computes the gradients of all inputs, in their order, from the gradient of the output and the
   * saved tensors. It must not dispose any of these tensors.
   */
  readonly backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[];
}

/**
 * Makes a differentiable operation from an operation and its gradient.
 * @returns a function of the inputs; the caller disposes its output
 */
export function differentiable({
  forward,
  backward,
}: HandWritten): (...inputs: tf.Tensor[]) => tf.Tensor {
  return tf.customGrad((...parameters: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = parameters.pop() as tf.GradSaveFunc;
    const { value, saved } = forward(...(parameters as tf.Tensor[]));
    save([...saved]);
    const gradFunc = (dy: tf.Tensor, savedTensors: tf.Tensor[]) => {
      const gradients = tf.tidy(() => backward(dy, savedTensors));
      tf.dispose(savedTensors);
      if (isOfBackwardPass(dy)) dy.dispose();
      return gradients;
    };
    return { value, gradFunc };
  });
}

/**
 * Whether the current backward pass created a tensor. The other tensors belong to the caller of the
 * backward pass.
 */
function isOfBackwardPass(tensor: tf.Tensor): boolean {
  return tensor.scopeId === tf.engine().state.activeScope?.id;
}

/** Tensors without a use for their gradient. */
const constants = new WeakSet<tf.Tensor>();

/**
 * Marks tensors whose gradient nobody uses, such as the features of frozen blocks. Convolutions do
 * not compute it then, which is a third of their backward pass.
 */
export function markConstant(tensors: readonly tf.Tensor[]): void {
  for (const tensor of tensors) constants.add(tensor);
}

/** Whether `markConstant` was called for a tensor. */
export function isConstant(tensor: tf.Tensor): boolean {
  return constants.has(tensor);
}
