import assert from "node:assert/strict";
import { test } from "node:test";
import { BoxCoder } from "../../src/boxes/box-coder";
import { decodeBoxesTensor } from "../../src/tensor/decode-boxes";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";
import { hardReference, reference } from "../reference/boxes";

const { references, targets, deltas, decoded, weights } = reference.coding;
const flat = (rows: number[][]) => Float32Array.from(rows.flat());

test("decoding on tensors gives the same boxes, and its gradient equals finite differences", () => {
  const rows = tf.tensor2d(references);
  const values = tf.tensor2d(deltas);
  const target = tf.tensor2d(targets);
  assertClose(decodeBoxesTensor(new BoxCoder(weights), rows, values).arraySync(), decoded, 1e-5);

  const loss = (x: tf.Tensor) =>
    decodeBoxesTensor(new BoxCoder(weights), rows, x as tf.Tensor2D)
      .mul(target)
      .sum();
  const gradient = tf.grad(loss)(values).arraySync() as number[][];
  const product = (row: number[], i: number) =>
    new BoxCoder(weights)
      .decode(flat([references[i]]), Float32Array.from(row))
      .reduce((sum, edge, side) => sum + edge * targets[i][side], 0);
  const step = 0.05;
  // The growth of row 0 is limited. The other rows are smooth.
  for (let i = 1; i < 6; i++) {
    for (let side = 0; side < 4; side++) {
      const shifted = (by: number) =>
        deltas[i].map((value, s) => (s === side ? value + by : value));
      const slope = (product(shifted(step), i) - product(shifted(-step), i)) / (2 * step);
      assertClose(gradient[i][side], slope, 5e-3, `gradient of row ${i}, delta ${side}`);
    }
  }
  assert.deepEqual(gradient[0].slice(2), [0, 0], "the gradient is 0 where the growth is limited");
});

test("decoding and its gradient equal PyTorch's, also for limited growth, boxes of one pixel and anchors outside the image", () => {
  const given = hardReference.decoding;
  const rows = tf.tensor2d(given.references);
  assertClose(
    decodeBoxesTensor(new BoxCoder(given.weights), rows, tf.tensor2d(given.input)).arraySync(),
    given.decoded,
    1e-5,
  );
  const weighted = (x: tf.Tensor) =>
    decodeBoxesTensor(new BoxCoder(given.weights), rows, x as tf.Tensor2D)
      .mul(tf.tensor2d(given.upstream))
      .sum(1);
  assertClose(weighted(tf.tensor2d(given.input)).arraySync(), given.loss, 1e-5);
  assertClose(tf.grad(weighted)(tf.tensor2d(given.input)).arraySync(), given.gradient, 1e-5);
});

test("decoding an empty tensor gives an empty tensor", () => {
  const none = tf.zeros([0, 4]) as tf.Tensor2D;
  assert.deepEqual(decodeBoxesTensor(new BoxCoder(), none, none).shape, [0, 4]);
});
