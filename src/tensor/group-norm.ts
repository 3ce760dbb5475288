/**
 * Group normalization (Wu & He 2018, section 3.1). It uses the statistics of each image alone, so
 * that its result does not depend on the size of the batch.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";

/** Added to the variance. Numeric trap: the variance of a constant map is 0. */
const EPSILON = 1e-5;

/** Settings of `groupNorm`. */
export interface GroupNormOptions {
  /** Number of groups of channels. It must divide the number of channels. */
  readonly groups: number;
}

/**
 * Normalizes groups of channels of each image to mean 0 and variance 1, then scales and shifts each
 * channel.
 * @param x `[N, H, W, C]`
 * @param gamma `[C]`, the scale
 * @param beta `[C]`, the shift
 * @returns `[N, H, W, C]`; the caller disposes it
 * @throws when the number of groups does not divide the number of channels
 */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { groups }: GroupNormOptions,
): tf.Tensor4D {
  const [n, , , c] = x.shape;
  if (c % groups) throw new Error(`groupNorm: ${groups} groups do not divide ${c} channels`);
  // The sums are computed over the pixels first, and over the few channels of a group afterwards.
  // One reduction over both would be several times slower.
  const pixels = [1, 2];
  const overGroup = (sums: tf.Tensor): tf.Tensor => {
    const means = sums
      .reshape([n, groups, c / groups])
      .mean(2, true)
      .div(x.shape[1] * x.shape[2]);
    return means.tile([1, 1, c / groups]).reshape([n, 1, 1, c]);
  };

  // The automatic gradient would save three times as many maps.
  const normalize = differentiable({
    forward(input, scale, shift) {
      const centered = input.sub(overGroup(input.sum(pixels)));
      const inverse = overGroup(centered.square().sum(pixels)).add(EPSILON).rsqrt();
      const value = centered.mul(inverse.mul(scale)).add(shift);
      return { value, saved: [centered, inverse, scale] };
    },
    backward(dy, [centered, inverse, scale]) {
      const shiftSums = dy.sum(pixels);
      const scaleSums = dy.mul(centered).sum(pixels);
      const cubed = inverse.mul(inverse).mul(inverse);
      const dx = dy
        .mul(inverse.mul(scale))
        .sub(centered.mul(cubed.mul(overGroup(scaleSums.mul(scale)))))
        .sub(inverse.mul(overGroup(shiftSums.mul(scale))));
      return [dx, scaleSums.mul(inverse.reshape([n, c])).sum(0), shiftSums.sum(0)];
    },
  });
  return normalize(x, gamma, beta) as tf.Tensor4D;
}
