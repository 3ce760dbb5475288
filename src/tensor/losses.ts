/**
 * The losses of both stages. Each is finite for any input, and 0 with a gradient of zeros when
 * there is nothing to compare.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";

/** Keeps quotients of areas finite for boxes of no size. */
const MIN_AREA = 1e-7;

/**
 * Cross entropy of a yes-or-no logit, element by element, in the form that never takes the
 * logarithm of 0: max(x, 0) - x z + log(1 + exp(-|x|)).
 * @param logits `[R]`
 * @param labels `[R]`, 0 or 1
 * @returns `[R]`
 */
export function sigmoidCrossEntropy(logits: tf.Tensor1D, labels: tf.Tensor1D): tf.Tensor1D {
  // The gradient, sigmoid(x) - z, is given: TensorFlow.js takes relu and abs to be flat on one side
  // of 0, where fresh networks start.
  const loss = differentiable({
    forward: (x) => ({
      value: x.relu().sub(x.mul(labels)).add(x.abs().neg().exp().log1p()),
      saved: [x, labels],
    }),
    backward: (dy, [x, target]) => [dy.mul(x.sigmoid().sub(target))],
  });
  return loss(logits) as tf.Tensor1D;
}

/**
 * Cross entropy of class logits against class indices.
 * @param logits `[R, C]`
 * @param classIds `[R]` int32
 * @param labelSmoothing part of the truth spread evenly over all classes (Szegedy et al. 2016,
 * section 7), for labels not to be trusted wholly
 * @returns `[R]`
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  classIds: tf.Tensor1D,
  labelSmoothing = 0,
): tf.Tensor1D {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    // TensorFlow.js refuses a one-hot vector of a single class: all that a data set with one class
    // has.
    const hot = classes > 1 ? tf.oneHot(classIds, classes).cast("float32") : tf.onesLike(logits);
    const target = hot.mul(1 - labelSmoothing).add(labelSmoothing / classes);
    return tf.logSoftmax(logits).mul(target).sum(1).neg() as tf.Tensor1D;
  });
}

/**
 * Smooth L1 (Fast R-CNN, equation 3): squared near 0, straight further out, so that one wild box
 * does not rule the step.
 * @param predicted `[R, 4]`
 * @param target `[R, 4]`
 * @param beta difference where the one turns into the other
 * @returns `[R]`, summed over the four deltas
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
 * 1 - GIoU (Rezatofighi et al. 2019, algorithm 1): IoU that still tells, by the smallest box around
 * both, how far apart two boxes are that do not touch.
 * @param predicted `[R, 4]` pixels
 * @param target `[R, 4]` pixels
 * @returns `[R]` in [0, 2]
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

/** `[R, 2]` sides -> `[R]` areas, 0 where a side is negative. */
function areaOf(sides: tf.Tensor): tf.Tensor {
  const [width, height] = tf.split(sides.relu(), 2, 1);
  return width.mul(height).reshape([-1]);
}

/**
 * The sum of `[R]` divided by a count of at least 1, so that no candidate means a loss of 0, not
 * NaN.
 */
export function sumOver(losses: tf.Tensor1D, count: number): tf.Scalar {
  return losses.sum().div(Math.max(1, count)) as tf.Scalar;
}
