/**
 * Group normalisation (Wu & He 2018, section 3.1): it needs no batch statistics, so that it
 * behaves alike in batches of one and of many.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";

const EPSILON = 1e-5;

/**
 * Normalises each image's channels in groups to mean 0 and variance 1, then scales and shifts each
 * channel.
 * @param x `[N, H, W, C]`
 * @param gamma `[C]` scale
 * @param beta `[C]` shift
 * @param groups divides C
 * @returns `[N, H, W, C]`; the caller disposes it
 */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  groups: number,
): tf.Tensor4D {
  const [n, , , c] = x.shape;
  if (c % groups)
    throw new Error(`group normalisation: ${groups} groups do not divide ${c} channels`);
  // Sums run over pixels first, then over the few channels of a group: reducing both at once is
  // several times slower.
  const pixels = [1, 2];
  const overGroup = (sums: tf.Tensor): tf.Tensor => {
    const means = sums
      .reshape([n, groups, c / groups])
      .mean(2, true)
      .div(x.shape[1] * x.shape[2]);
    return means.tile([1, 1, c / groups]).reshape([n, 1, 1, c]);
  };

  // One gradient for the whole, since the automatic one of its parts keeps and touches three times
  // as many maps.
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
