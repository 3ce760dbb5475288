import assert from "node:assert/strict";
import { test } from "node:test";
import { FusedNeck } from "../../../src/detectors/faster-rcnn/neck";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { assertClose } from "../../assertions";
import { detectorReference } from "../../reference/detector";
import { assertGradients, setVariables } from "../variables";

const { neck: reference } = detectorReference;
const config = { kind: "fused", channels: reference.channels, groups: reference.groups } as const;

/** Levels of the backbone at the strides 8, 16, …, by their channels. */
const inputs = (channels: readonly number[]) =>
  channels.map((count, i) => ({ stride: 8 * 2 ** i, channels: count }));

function referenceNeck(): FusedNeck {
  const neck = new FusedNeck(config, inputs(reference.inputChannels), new Random(1));
  setVariables(neck.variables(), reference.variables);
  return neck;
}

const levelTensors = () => reference.levels.map((level) => tf.tensor4d(level));

test("the output equals PyTorch's, also for levels with an odd number of cells", () => {
  const neck = referenceNeck();
  tf.tidy(() => {
    assertClose(neck.forward(levelTensors())[0].arraySync(), reference.output, 1e-5, "output");
  });
  neck.dispose();
});

test("the gradients of all variables and levels equal PyTorch's", () => {
  const neck = referenceNeck();
  tf.tidy(() => {
    const loss = (...levels: tf.Tensor[]) =>
      neck
        .forward(levels as tf.Tensor4D[])[0]
        .mul(tf.tensor4d(reference.upstream))
        .sum() as tf.Scalar;
    const levels = levelTensors();
    assertGradients(() => loss(...levels), neck.variables(), reference.gradients);
    tf.grads(loss)(levels).forEach((gradient, i) =>
      assertClose(gradient.arraySync(), reference.levelGradients[i], 1e-4, `level ${i}`),
    );
  });
  neck.dispose();
});

test("a single level is possible, and the same seed gives the same weights", () => {
  const [first, second] = [1, 1].map(
    (seed) => new FusedNeck(config, inputs([3]), new Random(seed)),
  );
  const other = new FusedNeck(config, inputs([3]), new Random(2));
  tf.tidy(() => {
    const level = tf.tensor4d(reference.levels[0]);
    const output = (neck: FusedNeck) => neck.forward([level])[0].dataSync();
    assert.deepEqual(output(first), output(second));
    assert.notDeepEqual(output(first), output(other));
  });
  for (const part of [first, second, other]) part.dispose();
});

test("dispose frees all tensors", () => {
  const before = tf.memory().numTensors;
  referenceNeck().dispose();
  assert.equal(tf.memory().numTensors, before);
});
