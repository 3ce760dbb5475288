import assert from "node:assert/strict";
import { test } from "node:test";
import { roiAlign } from "../../src/model/roi-align";
import { tf } from "../../src/tensorflow";
import { assertClose } from "../assertions";
import { hardReference, reference } from "../reference/boxes";

[...reference.roiAlign, ...hardReference.roiAlign].forEach(
  ({ rois, images, features, output, upstream, gradient, ...rule }, i) => {
    const inputs = [tf.tensor2d(rois), tf.tensor1d(images, "int32")] as const;

    test(`case ${i} equals the definition and ONNX Runtime, borders included`, () => {
      assertClose(roiAlign(tf.tensor4d(features), ...inputs, rule).arraySync(), output, 1e-4);
    });

    test(`case ${i} has PyTorch's gradient, borders included`, () => {
      const loss = (map: tf.Tensor) =>
        roiAlign(map as tf.Tensor4D, ...inputs, rule)
          .mul(tf.tensor4d(upstream))
          .sum();
      assertClose(tf.grad(loss)(tf.tensor4d(features)).arraySync(), gradient, 1e-4);
    });
  },
);

test("a map that rises evenly is read exactly at the sample points", () => {
  const ramp = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7]).reshape<tf.Tensor4D>([1, 1, 8, 1]).tile<tf.Tensor4D>([1, 8, 1, 1]);
  const rule = { stride: 4, outputSize: 2, samplingRatio: 2 };
  const [row] = roiAlign(ramp, tf.tensor2d([[8, 8, 24, 24]]), tf.tensor1d([0], "int32"), rule)
    .squeeze([0, 3])
    .arraySync() as number[][];
  // From cell 2 to 6: halves are centred at cells 3 and 5, whose values by index, half a cell on, are 2.5 and 4.5.
  assertClose(row, [2.5, 4.5]);
});

test("no rois are legal, and their gradient is zero", () => {
  const none = [tf.zeros<tf.Rank.R2>([0, 4]), tf.tensor1d([], "int32")] as const;
  const rule = { stride: 8, outputSize: 3, samplingRatio: 2 };
  const features = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
  assert.deepEqual(roiAlign(features, ...none, rule).shape, [0, 3, 3, 2]);
  const gradient = tf.grad((map: tf.Tensor) => roiAlign(map as tf.Tensor4D, ...none, rule).sum())(features);
  assert.ok(gradient.dataSync().every((value) => value === 0));
});

test("forward and backward leave no tensor behind", () => {
  const features = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
  const inputs = [tf.tensor2d([[0, 0, 20, 20]]), tf.tensor1d([0], "int32")] as const;
  const rule = { stride: 8, outputSize: 3, samplingRatio: 2 };
  const run = () =>
    tf
      .grad((map: tf.Tensor) => roiAlign(map as tf.Tensor4D, ...inputs, rule).sum())(features)
      .dispose();
  run();
  const before = tf.memory().numTensors;
  run();
  roiAlign(features, ...inputs, rule).dispose();
  assert.equal(tf.memory().numTensors, before);
});
