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
  const [n, h, w, c] = x.shape;
  if (c % groups) throw new Error(`group normalisation: ${groups} groups do not divide ${c} channels`);
  const grouped = [n, h * w, groups, c / groups];
  const inGroup = [1, 3];

  // One gradient for the whole, since the automatic one of its parts keeps and touches three times as many maps.
  const normalize = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, scale, shift] = inputs as tf.Tensor[];
    const save = inputs[3] as tf.GradSaveFunc;
    const values = input.reshape(grouped);
    const mean = values.mean(inGroup, true);
    const centered = values.sub(mean);
    const inverse = centered.square().mean(inGroup, true).add(EPSILON).rsqrt();
    const normalized = centered.mul(inverse);
    save([normalized, inverse, scale]);
    const value = normalized.reshape([n, h, w, c]).mul(scale).add(shift);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [normal, deviationInverse, savedScale] = saved;
      const dScaled = dy.mul(savedScale).reshape(grouped);
      const dx = dScaled
        .sub(dScaled.mean(inGroup, true))
        .sub(normal.mul(dScaled.mul(normal).mean(inGroup, true)))
        .mul(deviationInverse)
        .reshape([n, h, w, c]);
      const dGamma = dy.mul(normal.reshape([n, h, w, c])).sum([0, 1, 2]);
      return [dx, dGamma, dy.sum([0, 1, 2])];
    };
    return { value, gradFunc };
  });
  return normalize(x, gamma, beta) as tf.Tensor4D;
}
