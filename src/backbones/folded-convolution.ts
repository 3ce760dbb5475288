/**
 * A convolution and the following batch normalization as one layer. With frozen statistics, batch
 * normalization is a fixed scale and shift of each channel (Ioffe & Szegedy 2015, section 3.1), and
 * can be folded into the convolution. The kernel is multiplied by gamma / sqrt(variance + epsilon),
 * and the bias is beta - mean * gamma / sqrt(variance + epsilon).
 *
 * Consequences for fine-tuning: the statistics remain those of ImageNet, because batches of four
 * images are too small for statistics. Gamma and beta are not variables; the optimizer and the
 * weight decay change the product of kernel and scale. Before the first step, the layer computes
 * the same as PyTorch's two layers.
 */
import { tf } from "../tensor/tensorflow";
import { elementCount, weightsOf, type WeightMap } from "../weights/weight-map";
import { convolution, type ConvolutionOptions } from "../tensor/convolution";

/** A layer with its weights. */
export interface FoldedConvolution {
  /** The variables `kernel` and `bias` of a trained layer; empty for a frozen layer. */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /** Computes `[N, H', W', outputs]` from `[N, H, W, inputs]`. */
  readonly forward: (x: tf.Tensor4D) => tf.Tensor4D;
  /** Frees the weights. */
  dispose(): void;
}

/** A layer without weights. */
export interface FoldedConvolutionOptions extends ConvolutionOptions {
  /** Name of the convolution in the weights file, without `.weight`. It has no bias. */
  readonly convolution: string;
  /**
   * Name of the batch normalization in the weights file, without `.weight`, `.bias`,
   * `.running_mean` and `.running_var`.
   */
  readonly batchNorm: string;
  /** Number that batch normalization adds to the variance. */
  readonly epsilon: number;
  /**
   * Shape of the kernel in PyTorch's order: `[outputs, inputs, height, width]`; for a depthwise
   * convolution `[channels, 1, height, width]`.
   */
  readonly shape: readonly [number, number, number, number];
  /** A trained layer has variables; a frozen one has constant tensors. */
  readonly trained: boolean;
}

/**
 * Makes the layer. The caller disposes it.
 * @throws UnusableWeightsError when the weights lack a tensor of the layer, or when a tensor has
 * another shape
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
 * Folds the batch normalization into the convolution.
 * @returns the kernel in TensorFlow's order: `[height, width, inputs, outputs]`, or `[height,
 * width, channels, 1]` when depthwise; and the bias
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
        // PyTorch calls the channels of a depthwise kernel outputs, and TensorFlow calls them
        // inputs. In both cases they are the last axis in memory.
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
