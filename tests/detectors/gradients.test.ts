/**
 * Compares the gradients of convolutions and group normalization with those of PyTorch.
 * losses.test.ts and roi-align.test.ts do this for the other operations, and
 * hand-written-gradients.test.ts compares all gradients with finite differences.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Activation, convolution } from "../../src/tensor/convolution";
import { groupNorm } from "../../src/tensor/group-norm";
import { tf } from "../../src/tensor/tensorflow";

interface Case {
  readonly inputs: tf.TensorLike[];
  readonly upstream: tf.TensorLike;
  readonly output: tf.TensorLike;
  readonly gradients: tf.TensorLike[];
}
interface Reference {
  readonly convolutions: readonly (Case & {
    readonly stride: number;
    readonly padding: number;
    readonly activation: Activation;
    readonly depthwise: boolean;
  })[];
  readonly groupNorms: readonly (Case & { readonly groups: number })[];
}
const reference = JSON.parse(
  readFileSync(join(__dirname, "../reference/gradients.json"), "utf8"),
) as Reference;

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

function assertLikePyTorch(operation: Operation, given: Case): void {
  const inputs = given.inputs.map((values) => tf.tensor(values));
  const upstream = tf.tensor(given.upstream);
  const distance = (a: tf.Tensor, b: tf.TensorLike) =>
    a.sub(tf.tensor(b)).abs().max().dataSync()[0];
  assert.ok(distance(operation(...inputs), given.output) < 1e-5);
  tf.grads(operation)(inputs, upstream).forEach((gradient, i) => {
    const difference = distance(gradient, given.gradients[i]);
    assert.ok(difference < 5e-5, `the gradient of input ${i} differs by ${difference}`);
  });
}

for (const { stride, padding, activation, depthwise, ...given } of reference.convolutions) {
  const name = `${depthwise ? "depthwise " : ""}convolution, stride ${stride}, padding ${padding}, ${activation}`;
  test(`${name}: output and gradients equal PyTorch's`, () => {
    assertLikePyTorch((x, kernel, bias) => {
      const options = { stride, padding, activation, depthwise };
      return convolution(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, options);
    }, given);
  });
}

for (const { groups, ...given } of reference.groupNorms) {
  test(`group normalization in ${groups} groups: output and gradients equal PyTorch's`, () => {
    assertLikePyTorch(
      (x, gamma, beta) =>
        groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, { groups }),
      given,
    );
  });
}
