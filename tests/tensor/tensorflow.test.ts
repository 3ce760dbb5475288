import assert from "node:assert/strict";
import { test } from "node:test";
import { tf } from "../../src/tensor/tensorflow";

test("the gradient of ReLU flows only where the input is positive", () => {
  const x = tf.tensor1d([-2, -0.5, 0, 0.5, 3]);
  const dy = tf.tensor1d([1, 2, 3, 4, 5]);
  const gradient = tf.grad((input) => input.relu())(x, dy);
  assert.deepEqual(Array.from(gradient.dataSync()), [0, 0, 0, 4, 5]);
  tf.dispose([x, dy, gradient]);
});
