import assert from "node:assert/strict";
import test from "node:test";
import { groupNorm, type GroupNormOptions } from "../../src/tensor/group-norm";
import { tf } from "../../src/tensor/tensorflow";

/** The definition in TensorFlow.js's operations, with its automatic gradients. */
function plainGroupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { groups }: GroupNormOptions,
): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const grouped = x.reshape([n, h * w, groups, c / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  return grouped.sub(mean).div(variance.add(1e-5).sqrt()).reshape(x.shape).mul(gamma).add(beta);
}

test("group normalization and its gradients equal those of the definition", () => {
  const x = tf.randomNormal<tf.Rank.R4>([2, 3, 5, 8], 1, 2, "float32", 1);
  const gamma = tf.randomNormal<tf.Rank.R1>([8], 1, 0.5, "float32", 2);
  const beta = tf.randomNormal<tf.Rank.R1>([8], 0, 0.5, "float32", 3);
  const weights = tf.randomNormal<tf.Rank.R4>([2, 3, 5, 8], 0, 1, "float32", 4);
  const difference = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0];
  assert.ok(
    difference(
      groupNorm(x, gamma, beta, { groups: 4 }),
      plainGroupNorm(x, gamma, beta, { groups: 4 }),
    ) < 1e-5,
  );
  const gradients = (normalize: typeof plainGroupNorm) =>
    tf.grads((input, scale, shift) =>
      normalize(input as tf.Tensor4D, scale as tf.Tensor1D, shift as tf.Tensor1D, { groups: 4 })
        .mul(weights)
        .sum(),
    )([x, gamma, beta]);
  const expected = gradients(plainGroupNorm);
  gradients(groupNorm).forEach((gradient, i) =>
    assert.ok(difference(gradient, expected[i]) < 1e-4, `input ${i}`),
  );
});

test("a number of groups that does not divide the channels is refused", () => {
  const six = tf.ones([6]) as tf.Tensor1D;
  assert.throws(
    () => groupNorm(tf.ones([1, 2, 2, 6]), six, six, { groups: 4 }),
    /4 groups do not divide 6 channels/,
  );
});
