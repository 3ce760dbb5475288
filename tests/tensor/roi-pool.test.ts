import assert from "node:assert/strict";
import { test } from "node:test";
import { roiPool } from "../../src/tensor/roi-pool";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";
import { reference } from "../reference/boxes";

reference.roiPool.forEach(
  ({ rois, images, features, output, upstream, gradient, stride, outputSize }, i) => {
    const inputs = [
      tf.tensor2d(rois),
      tf.tensor1d(images, "int32"),
      { stride, outputSize },
    ] as const;

    test(`case ${i} equals the definition and ONNX Runtime, also for parts outside the map`, () => {
      assertClose(roiPool(tf.tensor4d(features), ...inputs).arraySync(), output);
    });

    test(`case ${i} has the gradient of PyTorch: the gradient of a part flows to its largest cell, once`, () => {
      const loss = (map: tf.Tensor) =>
        roiPool(map as tf.Tensor4D, ...inputs)
          .mul(tf.tensor4d(upstream))
          .sum();
      assertClose(tf.grad(loss)(tf.tensor4d(features)).arraySync(), gradient);
    });
  },
);

test("a RoI of the whole 4 x 4 map in 2 x 2 parts equals the result by hand", () => {
  const map = tf.tensor4d(
    Array.from({ length: 16 }, (_, i) => i),
    [1, 4, 4, 1],
  );
  // The last cell belongs to the RoI: 0 to 24 pixels are the cells 0 to 3.
  const pooled = roiPool(map, tf.tensor2d([[0, 0, 24, 24]]), tf.tensor1d([0], "int32"), {
    stride: 8,
    outputSize: 2,
  });
  assert.deepEqual([...pooled.dataSync()], [5, 7, 13, 15]);
});

test("an empty list of RoIs gives an empty result, and no tensor remains", () => {
  const map = tf.ones<tf.Rank.R4>([1, 3, 3, 2]);
  const rule = { stride: 8, outputSize: 5 };
  const none = roiPool(map, tf.zeros([0, 4]), tf.tensor1d([], "int32"), rule);
  assert.deepEqual(none.shape, [0, 5, 5, 2]);
  none.dispose();
  const inputs = [tf.tensor2d([[0, 0, 9, 9]]), tf.tensor1d([0], "int32")] as const;
  const before = tf.memory().numTensors;
  roiPool(map, ...inputs, rule).dispose();
  assert.equal(tf.memory().numTensors, before);
});
