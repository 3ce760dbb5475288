/**
 * Convolution, bias and activation in one pass over the output. oneDNN, TensorFlow's library for
 * CPUs, adds the bias and applies the activation while a value of the output is still in the
 * processor; as operations of their own both read and write the whole map again. The results are
 * the same to the bit. TensorFlow uses these kernels when it optimizes a graph; here they are
 * called by their names.
 */
import { attribute, rawOperation, tf } from "./tensorflow";

export type Activation = "none" | "relu" | "relu6";
export type ConvolutionName = "Conv2D" | "DepthwiseConv2dNative";
export type Attributes = Parameters<typeof rawOperation>[2];

const KERNELS: Readonly<Record<ConvolutionName, string>> = {
  Conv2D: "_MklNativeFusedConv2D",
  DepthwiseConv2dNative: "_MklNativeFusedDepthwiseConv2dNative",
};
const FUSED: Readonly<Record<Activation, readonly string[]>> = {
  none: ["BiasAdd"],
  relu: ["BiasAdd", "Relu"],
  relu6: ["BiasAdd", "Relu6"],
};

let isAvailable: boolean | undefined;

/**
 * Whether a convolution has a fused kernel here. Builds of TensorFlow with oneDNN on a CPU have
 * them, one on a graphics card has none (found out once, by convolving a single value), and with
 * `TF_ENABLE_ONEDNN_OPTS=0` none is used; a depthwise one pads only as TensorFlow does.
 */
export function canFuse(name: ConvolutionName, { padding }: Attributes): boolean {
  if (name === "DepthwiseConv2dNative" && padding.value === "EXPLICIT") return false;
  // TensorFlow obeys this in the kernels that it picks itself; called by their names, oneDNN's run
  // all the same.
  if (/^(0|false)$/i.test(process.env.TF_ENABLE_ONEDNN_OPTS ?? "")) return false;
  isAvailable ??= tf.tidy(() => {
    const attributes = {
      T: attribute.type("float32"),
      strides: attribute.int([1, 1, 1, 1]),
      padding: attribute.string("VALID"),
    };
    const inputs = [tf.ones([1, 1, 1, 1]), tf.ones([1, 1, 1, 1]), tf.ones([1])];
    try {
      return Object.keys(KERNELS).every(
        (name) =>
          fusedConvolution(name as ConvolutionName, inputs, attributes, "relu6").dataSync()[0] ===
          2,
      );
    } catch {
      return false;
    }
  });
  return isAvailable;
}

/**
 * `activation(x * kernel + bias)`, outside any gradient tape; the caller disposes it.
 * @param inputs x `[N, H, W, inputs]`, the kernel and the bias `[outputs]`
 * @param attributes of the convolution by itself
 */
export function fusedConvolution(
  name: ConvolutionName,
  inputs: readonly tf.Tensor[],
  attributes: Attributes,
  activation: Activation,
): tf.Tensor {
  const [y] = rawOperation(KERNELS[name], inputs, {
    ...attributes,
    num_args: attribute.int(1),
    ...(name === "Conv2D" && { TArgs: attribute.type("float32"), num_host_args: attribute.int(0) }),
    fused_ops: attribute.strings(FUSED[activation]),
    // oneDNN's kernels are registered under this label, which keeps them apart from TensorFlow's
    // own.
    _kernel: attribute.string("MklNameChangeOp"),
  });
  return y;
}
