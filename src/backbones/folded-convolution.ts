/**
 * A convolution and the batch normalisation after it as one layer. With its statistics frozen,
 * batch norm is a fixed scale and shift of each channel (Ioffe and Szegedy 2015, section 3.1), so
 * it disappears into the convolution: the kernel is multiplied by gamma / sqrt(variance + epsilon),
 * and the bias is beta - mean * gamma / sqrt(variance + epsilon).
 *
 * What this means for fine-tuning: the statistics stay ImageNet's (batches of four images say
 * little of their own), gamma and beta have no variables of their own, and the optimizer moves the
 * kernel with the scale inside it. Steps and weight decay therefore act on the product; when
 * training starts, the layer computes exactly what PyTorch's two layers do.
 */
import { tf } from "../tensor/tensorflow";
import { elementCount, weightsOf, type WeightMap } from "../weights/weight-map";
import { convolution, type ConvolutionOptions } from "../tensor/convolution";

export interface FoldedConvolution {
  /** `kernel` and `bias` when trained, empty when frozen. */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /** `[N, H, W, inputs]` to `[N, H', W', outputs]` */
  readonly forward: (x: tf.Tensor4D) => tf.Tensor4D;
  dispose(): void;
}

export interface FoldedConvolutionOptions extends ConvolutionOptions {
  /** The convolution's name in the weights, without its `.weight`; it has no bias. */
  readonly convolution: string;
  /** The batch norm's, without its `.weight`, `.bias`, `.running_mean` and `.running_var`. */
  readonly batchNorm: string;
  /** Added to the variance. */
  readonly epsilon: number;
  /**
   * PyTorch's order: `[outputs, inputs, height, width]`; of a depthwise convolution `[channels, 1,
   * height, width]`.
   */
  readonly shape: readonly [number, number, number, number];
  /** Trained layers hold variables, frozen ones plain tensors. */
  readonly trained: boolean;
}

/**
 * Makes the layer, which owns its tensors until `dispose`. Throws when the weights lack one of its
 * parts, or have it in another shape.
 */
export function foldedConvolution(
  weights: WeightMap,
  options: FoldedConvolutionOptions,
): FoldedConvolution {
  const folded = foldBatchNorm(weights, options);
  const keep = <T extends tf.Tensor>(initial: T): T => {
    if (!options.trained) return tf.keep(initial);
    const variable = tf.variable(initial);
    initial.dispose();
    return variable as unknown as T;
  };
  const kernel = keep(tf.tensor4d(folded.kernel, folded.shape));
  const bias = keep(tf.tensor1d(folded.bias));
  return {
    variables: options.trained
      ? { kernel: kernel as tf.Tensor as tf.Variable, bias: bias as tf.Tensor as tf.Variable }
      : {},
    forward: (x) => convolution(x, kernel, bias, options),
    dispose: () => tf.dispose([kernel, bias]),
  };
}

/**
 * Kernel and bias in TensorFlow's order: `[height, width, inputs, outputs]`, depthwise `[height,
 * width, channels, 1]`.
 */
function foldBatchNorm(
  weights: WeightMap,
  options: FoldedConvolutionOptions,
): { shape: [number, number, number, number]; kernel: Float32Array; bias: Float32Array } {
  const [outputs, inputs, height, width] = options.shape;
  const source = weightsOf(weights, `${options.convolution}.weight`, options.shape);
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
    (part) => weightsOf(weights, `${options.batchNorm}.${part}`, [outputs]),
  );
  const scale = gamma.map((value, output) => value / Math.sqrt(variance[output] + options.epsilon));
  const kernel = new Float32Array(elementCount(options.shape));
  let from = 0;
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let cell = 0; cell < height * width; cell++) {
        // A depthwise kernel's channels are outputs to PyTorch and inputs to TensorFlow; either way
        // they come last in memory.
        kernel[(cell * inputs + input) * outputs + output] = source[from++] * scale[output];
      }
    }
  }
  return {
    shape: options.depthwise ? [height, width, outputs, 1] : [height, width, inputs, outputs],
    kernel,
    bias: beta.map((value, output) => value - mean[output] * scale[output]),
  };
}
