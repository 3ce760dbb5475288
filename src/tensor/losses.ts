/**
 * The losses of both stages (Fast R-CNN, section 2.3; Faster R-CNN, section 3.1.2). Each loss is
 * finite for any finite input. Without rows to compare, its sum is 0 and its gradient is 0.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";

/**
 * Smallest divisor of a ratio of areas, in square pixels. Numeric trap: boxes without a size have
 * no area.
 */
const MIN_AREA = 1e-7;

/**
 * Binary cross entropy of logits, element by element. Numeric trap: log(sigmoid(x)) is -Infinity
 * for very negative logits. The form max(x, 0) - x z + log(1 + exp(-|x|)) never takes the logarithm
 * of 0.
 * @param logits `[R]`
 * @param labels `[R]`, 0 or 1
 * @returns `[R]`; the caller disposes it
 */
export function sigmoidCrossEntropy(logits: tf.Tensor1D, labels: tf.Tensor1D): tf.Tensor1D {
  // Numeric trap: at 0, where untrained networks start, TensorFlow.js uses a slope of 0 for relu
  // and for abs, so that its gradient of this form is wrong there. The exact one is sigmoid(x) - z.
  const loss = differentiable({
    forward: (x) => ({
      value: x.relu().sub(x.mul(labels)).add(x.abs().neg().exp().log1p()),
      saved: [x, labels],
    }),
    backward: (dy, [x, target]) => [dy.mul(x.sigmoid().sub(target))],
  });
  return loss(logits) as tf.Tensor1D;
}

/** Options of `softmaxCrossEntropy`. */
export interface SoftmaxOptions {
  /**
   * Fraction of the target distribution that is spread evenly over all classes (Szegedy et al. 2016,
   * section 7); useful when labels can be wrong. The default is 0.
   */
  readonly labelSmoothing?: number;
  /** `[C]`: factors of the terms of each class. By default, and with null, all are 1. */
  readonly classWeights?: readonly number[] | null;
}

/**
 * Cross entropy of class logits, row by row.
 * @param logits `[R, C]`
 * @param classIds `[R]` int32, the class of each row
 * @param options how the classes count
 * @returns `[R]`; the caller disposes it
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  classIds: tf.Tensor1D,
  { labelSmoothing = 0, classWeights = null }: SoftmaxOptions = {},
): tf.Tensor1D {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    // TensorFlow.js refuses one-hot vectors of length 1, which a data set with one class needs.
    const hot = classes > 1 ? tf.oneHot(classIds, classes).cast("float32") : tf.onesLike(logits);
    const target = hot.mul(1 - labelSmoothing).add(labelSmoothing / classes);
    const weighted = classWeights ? target.mul(tf.tensor1d([...classWeights])) : target;
    return tf.logSoftmax(logits).mul(weighted).sum(1).neg() as tf.Tensor1D;
  });
}

/**
 * Smooth L1 (Fast R-CNN, equation 3): a parabola near 0 and a line further away, so that one very
 * wrong box does not dominate the gradient.
 * @param predicted `[R, 4]` deltas
 * @param target `[R, 4]` deltas
 * @param beta difference at which the parabola becomes a line
 * @returns `[R]`, the sum over the four deltas; the caller disposes it
 */
export function smoothL1(predicted: tf.Tensor2D, target: tf.Tensor2D, beta = 1): tf.Tensor1D {
  return tf.tidy(() => {
    const difference = predicted.sub(target).abs();
    const inner = difference.minimum(beta);
    return inner
      .square()
      .div(2 * beta)
      .add(difference.sub(inner))
      .sum(1) as tf.Tensor1D;
  });
}

/**
 * 1 - GIoU (Rezatofighi et al. 2019, algorithm 1). IoU is 0 for all boxes that do not touch. GIoU
 * also uses the smallest box around both, so that the loss falls as they approach each other.
 * @param predicted `[R, 4]` pixels of the network's input
 * @param target `[R, 4]` pixels of the network's input
 * @returns `[R]`, in [0, 2]; the caller disposes it
 */
export function giouLoss(predicted: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const [lowP, highP] = tf.split(predicted, 2, 1);
    const [lowT, highT] = tf.split(target, 2, 1);
    const intersection = areaOf(highP.minimum(highT).sub(lowP.maximum(lowT)));
    const union = areaOf(highP.sub(lowP))
      .add(areaOf(highT.sub(lowT)))
      .sub(intersection)
      .maximum(MIN_AREA);
    const hull = areaOf(highP.maximum(highT).sub(lowP.minimum(lowT))).maximum(MIN_AREA);
    return tf.scalar(1).sub(intersection.div(union)).add(hull.sub(union).div(hull)) as tf.Tensor1D;
  });
}

/** Areas `[R]` from sides `[R, 2]`; 0 when a side is negative. */
function areaOf(sides: tf.Tensor): tf.Tensor {
  const [width, height] = tf.split(sides.relu(), 2, 1);
  return width.mul(height).reshape([-1]);
}

/**
 * The sum of `[R]` divided by a count. Numeric trap: a count of 0 is treated as 1, so that a batch
 * without samples has a loss of 0 instead of NaN.
 */
export function sumOver(losses: tf.Tensor1D, count: number): tf.Scalar {
  return losses.sum().div(Math.max(1, count)) as tf.Scalar;
}
