/**
 * Convolution, bias and activation as one operation with one gradient. TensorFlow.js would record
 * three operations and write their gradients as chains of small ones; the native gradients below
 * halve a training step's time and memory.
 */
import { attribute, rawOperation, tf } from "./tensorflow";
import { differentiable } from "./differentiable";
import {
  fusedConvolution,
  canFuse,
  type Activation,
  type Attributes,
  type ConvolutionName,
} from "./fused-convolution";

export type { Activation };

export interface ConvolutionOptions {
  /** On both axes; 1 by default. */
  readonly stride?: number;
  /**
   * `same` (the default) gives ceil(size / stride) cells, an odd cell of padding going right and
   * below, as TensorFlow does; a number is that many cells on every side, as PyTorch does.
   */
  readonly padding?: "same" | number;
  readonly activation: Activation;
  /** Each channel by itself, with a kernel of `[height, width, channels, 1]`. */
  readonly depthwise?: boolean;
}

const GRADIENT_OF_ACTIVATION = { relu: "ReluGrad", relu6: "Relu6Grad" } as const;
const FORWARD_OF_ACTIVATION = { relu: "Relu", relu6: "Relu6" } as const;
const FLOAT = { T: attribute.type("float32") };

/**
 * `activation(x * kernel + bias)`, differentiable in x, kernel and bias.
 * @param x `[N, H, W, inputs]`
 * @param kernel `[height, width, inputs, outputs]`, or `[height, width, inputs, 1]` when depthwise
 * @param bias `[outputs]`
 * @returns `[N, H', W', outputs]`, which the caller disposes (as tf.tidy does)
 * Throws TensorFlow's message when the shapes do not fit.
 */
export function convolution(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: ConvolutionOptions,
): tf.Tensor4D {
  const { activation } = options;
  const name: ConvolutionName = options.depthwise ? "DepthwiseConv2dNative" : "Conv2D";
  const attributes = convolutionAttributes(options);
  const convolve = differentiable({
    forward(...inputs) {
      const y = canFuse(name, attributes)
        ? fusedConvolution(name, inputs, attributes, activation)
        : separateConvolution(name, inputs, attributes, activation);
      // The gradient of a ReLU can be had from its output as well as from its input, so one map a
      // layer is kept instead of two.
      return { value: y, saved: [inputs[0], inputs[1], ...(activation === "none" ? [] : [y])] };
    },
    backward: (dy, saved) => backward(name, attributes, dy, saved, activation),
  });
  return convolve(x, kernel, bias) as tf.Tensor4D;
}

/** The attributes of TensorFlow's operation. */
export function convolutionAttributes({
  stride = 1,
  padding = "same",
}: ConvolutionOptions): Attributes {
  const explicit = typeof padding === "number" && padding > 0;
  return {
    ...FLOAT,
    strides: attribute.int([1, stride, stride, 1]),
    dilations: attribute.int([1, 1, 1, 1]),
    data_format: attribute.string("NHWC"),
    padding: attribute.string(explicit ? "EXPLICIT" : padding === "same" ? "SAME" : "VALID"),
    ...(explicit && {
      explicit_paddings: attribute.int([0, 0, padding, padding, padding, padding, 0, 0]),
    }),
  };
}

/**
 * `activation(x * kernel + bias)` as operations of their own, outside any gradient tape; the
 * caller disposes it. Inputs as of `fusedConvolution`.
 */
export function separateConvolution(
  name: ConvolutionName,
  [x, kernel, bias]: readonly tf.Tensor[],
  attributes: Attributes,
  activation: Activation,
): tf.Tensor {
  const [sum] = rawOperation(name, [x, kernel], attributes);
  const [shifted] = rawOperation("BiasAdd", [sum, bias], FLOAT);
  sum.dispose();
  if (activation === "none") return shifted;
  const [y] = rawOperation(FORWARD_OF_ACTIVATION[activation], [shifted], FLOAT);
  shifted.dispose();
  return y;
}

/** The gradients of x, kernel and bias, in the order of `convolution`'s arguments. */
function backward(
  name: string,
  attributes: Attributes,
  dy: tf.Tensor,
  [x, kernel, y]: readonly tf.Tensor[],
  activation: Activation,
): tf.Tensor[] {
  const dSum =
    activation === "none"
      ? dy
      : rawOperation(GRADIENT_OF_ACTIVATION[activation], [dy, y], FLOAT)[0];
  const [dBias] = rawOperation("BiasAddGrad", [dSum], FLOAT);
  const [dx] = rawOperation(
    `${name}BackpropInput`,
    [tf.tensor1d(x.shape, "int32"), kernel, dSum],
    attributes,
  );
  const [dKernel] = rawOperation(
    `${name}BackpropFilter`,
    [x, tf.tensor1d(kernel.shape, "int32"), dSum],
    attributes,
  );
  return [dx, dKernel, dBias];
}
