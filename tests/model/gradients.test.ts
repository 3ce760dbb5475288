/** Every hand-written gradient against PyTorch's and against finite differences. The losses' are in losses.test.ts, RoIAlign's by PyTorch in roi-align.test.ts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Activation, convolution } from "../../src/model/convolution";
import { groupNorm } from "../../src/model/group-norm";
import { roiAlign } from "../../src/model/roi-align";
import { tf } from "../../src/tensorflow";

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
const reference = JSON.parse(readFileSync(join(__dirname, "../reference/gradients.json"), "utf8")) as Reference;

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

function assertLikePyTorch(operation: Operation, given: Case): void {
  const inputs = given.inputs.map((values) => tf.tensor(values));
  const upstream = tf.tensor(given.upstream);
  const distance = (a: tf.Tensor, b: tf.TensorLike) => a.sub(tf.tensor(b)).abs().max().dataSync()[0];
  assert.ok(distance(operation(...inputs), given.output) < 1e-5);
  tf.grads(operation)(inputs, upstream).forEach((gradient, i) => {
    const off = distance(gradient, given.gradients[i]);
    assert.ok(off < 5e-5, `gradient of input ${i} is off by ${off}`);
  });
}

/** Along random directions, the slope of the summed, weighted output equals the gradient's. */
function assertLikeDifferences(operation: Operation, inputs: tf.Tensor[], step: number, tolerance: number): void {
  const weights = tf.randomNormal(operation(...inputs).shape, 0, 1, "float32", 9);
  const value = (...at: tf.Tensor[]) => operation(...at).mul(weights).sum().dataSync()[0]; // prettier-ignore
  const gradients = tf.grads((...at) => operation(...at).mul(weights).sum())(inputs); // prettier-ignore
  inputs.forEach((input, i) => {
    for (const seed of [1, 2, 3]) {
      const direction = tf.randomNormal(input.shape, 0, 1, "float32", seed);
      const moved = (sign: number) => inputs.map((other, j) => (j === i ? other.add(direction.mul(sign * step)) : other)); // prettier-ignore
      const measured = (value(...moved(1)) - value(...moved(-1))) / (2 * step);
      const expected = gradients[i].mul(direction).sum().dataSync()[0];
      const scale = Math.max(1, Math.abs(expected));
      assert.ok(Math.abs(measured - expected) < tolerance * scale, `input ${i}: ${measured} for ${expected}`);
    }
  });
}

for (const { stride, padding, activation, depthwise, ...given } of reference.convolutions) {
  const what = `${depthwise ? "depthwise " : ""}convolution, stride ${stride}, padding ${padding}, ${activation}`;
  test(`${what}: PyTorch's output and gradients`, () => {
    assertLikePyTorch((x, kernel, bias) => {
      const options = { stride, padding, activation, depthwise };
      return convolution(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, options);
    }, given);
  });
}

for (const { groups, ...given } of reference.groupNorms) {
  test(`group normalization in ${groups} groups: PyTorch's output and gradients`, () => {
    assertLikePyTorch(
      (x, gamma, beta) => groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, groups),
      given,
    );
  });
}

test("group normalization: finite differences", () => {
  const inputs = [[2, 4, 5, 6], [6], [6]].map((shape, i) => tf.randomNormal(shape, 0, 1, "float32", 20 + i));
  assertLikeDifferences(
    (x, gamma, beta) => groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, 3),
    inputs,
    1e-2,
    5e-3,
  );
});

test("RoIAlign: finite differences, with regions over the border", () => {
  const rois = tf.tensor2d([[3, 5, 30, 41], [-9, -6, 20, 12], [33, 20, 60, 52]]); // prettier-ignore
  const images = tf.tensor1d([0, 1, 1], "int32");
  const features = tf.randomNormal([2, 6, 6, 3], 0, 1, "float32", 30);
  const rule = { stride: 8, outputSize: 3, samplingRatio: 2 };
  // The operation is linear: the difference is exact up to rounding.
  assertLikeDifferences((map) => roiAlign(map as tf.Tensor4D, rois, images, rule), [features], 0.5, 1e-4);
});
