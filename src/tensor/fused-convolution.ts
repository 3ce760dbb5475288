/**
 * Convolution, bias and activation in one pass over the output. oneDNN, TensorFlow's library for
 * CPUs, adds the bias and applies the activation while a value of the output is still in a
 * register. Separate operations would read and write the whole map twice more. The results are
 * identical to the bit. TensorFlow itself uses these kernels only when it optimizes a graph; this
 * file calls them by name.
 */
import { attribute, rawOperation, tf } from "./tensorflow";

/** Function that follows a convolution. */
export type Activation = "none" | "relu" | "relu6";
/** TensorFlow's operations for a convolution. */
export type ConvolutionName = "Conv2D" | "DepthwiseConv2dNative";
/** Attributes of a TensorFlow operation, by name. */
export type Attributes = Parameters<typeof rawOperation>[2];

/** How a convolution is computed. */
export interface ConvolutionCall {
  /** Attributes of TensorFlow's convolution operation, without those of the fused kernel. */
  readonly attributes: Attributes;
  readonly activation: Activation;
}

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
 * Whether this machine has a fused kernel for a convolution. TensorFlow has these kernels on CPUs
 * when it is built with oneDNN; on a graphics card it has none. The first call finds out by
 * convolving one number. With `TF_ENABLE_ONEDNN_OPTS=0` no fused kernel is used. The depthwise
 * kernel supports only TensorFlow's own padding.
 */
export function canFuse(name: ConvolutionName, { padding }: Attributes): boolean {
  if (name === "DepthwiseConv2dNative" && padding.value === "EXPLICIT") return false;
  // TensorFlow reads this variable only when it selects a kernel itself, not for calls by name.
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
          fusedConvolution(name as ConvolutionName, inputs, {
            attributes,
            activation: "relu6",
          }).dataSync()[0] === 2,
      );
    } catch {
      return false;
    }
  });
  return isAvailable;
}

/**
 * Computes `activation(x * kernel + bias)` with one operation, without gradients.
 * @param inputs x `[N, H, W, inputs]`, the kernel, and the bias `[outputs]`
 * @returns `[N, H', W', outputs]`; the caller disposes it
 */
export function fusedConvolution(
  name: ConvolutionName,
  inputs: readonly tf.Tensor[],
  { attributes, activation }: ConvolutionCall,
): tf.Tensor {
  const [y] = rawOperation(KERNELS[name], inputs, {
    ...attributes,
    num_args: attribute.int(1),
    ...(name === "Conv2D" && { TArgs: attribute.type("float32"), num_host_args: attribute.int(0) }),
    fused_ops: attribute.strings(FUSED[activation]),
    // The label under which TensorFlow registers oneDNN's kernels.
    _kernel: attribute.string("MklNameChangeOp"),
  });
  return y;
}
