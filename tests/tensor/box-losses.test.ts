import assert from "node:assert/strict";
import { test } from "node:test";
import { BoxCoder } from "../../src/boxes/box-coder";
import { boxLosses } from "../../src/tensor/box-losses";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";
import { detectorReference, flat } from "../reference/detector";

for (const { kind, weights, references, matched, ...reference } of detectorReference.boxLosses) {
  const rows = { references: flat(references), matched: flat(matched) };
  const coder = new BoxCoder(weights);

  test(`${kind}: loss and gradient equal PyTorch's`, () => {
    tf.tidy(() => {
      const loss = (deltas: tf.Tensor) =>
        boxLosses({ kind, coder, ...rows, deltas: deltas as tf.Tensor2D });
      const deltas = tf.tensor2d(reference.input);
      assertClose(loss(deltas).arraySync(), reference.loss, 1e-5, "loss");
      const gradient = tf.grad((x: tf.Tensor) => loss(x).sum())(deltas);
      assertClose(gradient.arraySync(), reference.gradient, 1e-5, "gradient");
    });
  });

  test(`${kind}: the loss of exact deltas is 0`, () => {
    tf.tidy(() => {
      const exact = coder.encode(rows.references, rows.matched);
      const deltas = tf.tensor2d(exact, [references.length, 4]);
      const losses = boxLosses({ kind, coder, ...rows, deltas }).dataSync();
      losses.forEach((loss) => assertClose(loss, 0, 1e-5));
    });
  });

  test(`${kind}: no boxes have no losses`, () => {
    tf.tidy(() => {
      const none = new Float32Array();
      const deltas = tf.zeros<tf.Rank.R2>([0, 4]);
      const losses = boxLosses({ kind, coder, references: none, matched: none, deltas });
      assert.deepEqual(losses.shape, [0]);
    });
  });
}
