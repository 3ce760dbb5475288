/**
 * Convolution, bias and activation as one operation with one gradient. TensorFlow.js would record
 * three operations, and compute their gradients with chains of small operations. TensorFlow's
 * native gradients, which this file calls, halve the time and the memory of a training step.
 */
import { attribute, rawOperation, tf } from "./tensorflow";
import { differentiable, isConstant } from "./differentiable";
import {
  fusedConvolution,
  canFuse,
  type Activation,
  type Attributes,
  type ConvolutionCall,
  type ConvolutionName,
} from "./fused-convolution";

export type { Activation };

/** Settings of `convolution`. */
export interface ConvolutionOptions {
  /** Stride along both axes; the default is 1. */
  readonly stride?: number;
  /**
   * `same` pads as TensorFlow does: the output has ceil(size / stride) cells, and an odd cell of
   * padding is added on the right and at the bottom. A number pads as PyTorch does: this many cells
   * on every side. The default is `same`.
   */
  readonly padding?: "same" | number;
  /** Function that is applied to the sum. */
  readonly activation: Activation;
  /** Convolves each channel by itself, with a kernel of `[height, width, channels, 1]`. */
  readonly depthwise?: boolean;
}

const GRADIENT_OF_ACTIVATION = { relu: "ReluGrad", relu6: "Relu6Grad" } as const;
const FORWARD_OF_ACTIVATION = { relu: "Relu", relu6: "Relu6" } as const;
const FLOAT = { T: attribute.type("float32") };

/**
 * Computes `activation(x * kernel + bias)`, with gradients for x, kernel and bias; without one for
 * x if x is constant (`markConstant`).
 * @param x `[N, H, W, inputs]`
 * @param kernel `[height, width, inputs, outputs]`, or `[height, width, inputs, 1]` when depthwise
 * @param bias `[outputs]`
 * @returns `[N, H', W', outputs]`; the caller disposes it
 * @throws TensorFlow's error when the shapes do not fit
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
  const needsInputGradient = !isConstant(x);
  const convolve = differentiable({
    forward(...inputs) {
      const run = canFuse(name, attributes) ? fusedConvolution : separateConvolution;
      const y = run(name, inputs, { attributes, activation });
      // The gradient of a ReLU can be computed from its output. Only one map per layer has to be
      // saved then, instead of the sum and the output.
      return { value: y, saved: [inputs[0], inputs[1], ...(activation === "none" ? [] : [y])] };
    },
    backward: (dy, saved) =>
      backward(name, [dy, ...saved], { attributes, activation, needsInputGradient }),
  });
  return convolve(x, kernel, bias) as tf.Tensor4D;
}

/** The attributes of TensorFlow's convolution operations for these options. */
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
 * Computes `activation(x * kernel + bias)` with one operation for each part, without gradients.
 * @param inputs x `[N, H, W, inputs]`, the kernel, and the bias `[outputs]`
 * @returns `[N, H', W', outputs]`; the caller disposes it
 */
export function separateConvolution(
  name: ConvolutionName,
  inputs: readonly tf.Tensor[],
  { attributes, activation }: ConvolutionCall,
): tf.Tensor {
  const [x, kernel, bias] = inputs;
  const [sum] = rawOperation(name, [x, kernel], attributes);
  const [shifted] = rawOperation("BiasAdd", [sum, bias], FLOAT);
  sum.dispose();
  if (activation === "none") return shifted;
  const [y] = rawOperation(FORWARD_OF_ACTIVATION[activation], [shifted], FLOAT);
  shifted.dispose();
  return y;
}

interface BackwardCall extends ConvolutionCall {
  readonly needsInputGradient: boolean;
}

/**
 * The gradients of x, kernel and bias, in the order of the arguments of `convolution`.
 * @param tensors the gradient of the output, x, the kernel, and the output when there is an
 * activation
 * @param call with `needsInputGradient` false, the gradient of x is an empty tensor
 */
function backward(
  name: ConvolutionName,
  tensors: readonly tf.Tensor[],
  { attributes, activation, needsInputGradient }: BackwardCall,
): tf.Tensor[] {
  const [dy, x, kernel, y] = tensors;
  const dSum =
    activation === "none"
      ? dy
      : rawOperation(GRADIENT_OF_ACTIVATION[activation], [dy, y], FLOAT)[0];
  const [dBias] = rawOperation("BiasAddGrad", [dSum], FLOAT);
  const [dx] = needsInputGradient
    ? rawOperation(
        `${name}BackpropInput`,
        [tf.tensor1d(x.shape, "int32"), kernel, dSum],
        attributes,
      )
    : [tf.tensor1d([])];
  const [dKernel] = rawOperation(
    `${name}BackpropFilter`,
    [x, tf.tensor1d(kernel.shape, "int32"), dSum],
    attributes,
  );
  return [dx, dKernel, dBias];
}
