/** Group normalisation (Wu & He 2018, section 3.1): it needs no batch statistics, so that it behaves alike in batches of one and of many. */
import { tf } from "../tensorflow";

const EPSILON = 1e-5;

/**
 * Normalises each image's channels in groups to mean 0 and variance 1, then scales and shifts each channel.
 * @param x `[N, H, W, C]`
 * @param gamma `[C]` scale
 * @param beta `[C]` shift
 * @param groups divides C
 * @returns `[N, H, W, C]`; the caller disposes it
 */
export function groupNorm(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, groups: number): tf.Tensor4D {
  const [n, , , c] = x.shape;
  if (c % groups) throw new Error(`group normalisation: ${groups} groups do not divide ${c} channels`);
  // Sums run over pixels first, then over the few channels of a group: reducing both at once is several times slower.
  const pixels = [1, 2];
  const overGroup = (sums: tf.Tensor): tf.Tensor => {
    const means = sums
      .reshape([n, groups, c / groups])
      .mean(2, true)
      .div(x.shape[1] * x.shape[2]);
    return means.tile([1, 1, c / groups]).reshape([n, 1, 1, c]);
  };

  // One gradient for the whole, since the automatic one of its parts keeps and touches three times as many maps.
  const normalize = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, scale, shift] = inputs as tf.Tensor[];
    const save = inputs[3] as tf.GradSaveFunc;
    const centered = input.sub(overGroup(input.sum(pixels)));
    const inverse = overGroup(centered.square().sum(pixels)).add(EPSILON).rsqrt();
    save([centered, inverse, scale]);
    const value = centered.mul(inverse.mul(scale)).add(shift);
    const gradFunc = (dy: tf.Tensor, [savedCentered, savedInverse, savedScale]: tf.Tensor[]) => {
      const shiftSums = dy.sum(pixels);
      const scaleSums = dy.mul(savedCentered).sum(pixels);
      const cubed = savedInverse.mul(savedInverse).mul(savedInverse);
      const dx = dy
        .mul(savedInverse.mul(savedScale))
        .sub(savedCentered.mul(cubed.mul(overGroup(scaleSums.mul(savedScale)))))
        .sub(savedInverse.mul(overGroup(shiftSums.mul(savedScale))));
      return [dx, scaleSums.mul(savedInverse.reshape([n, c])).sum(0), shiftSums.sum(0)];
    };
    return { value, gradFunc };
  });
  return normalize(x, gamma, beta) as tf.Tensor4D;
}
