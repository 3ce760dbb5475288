import assert from "node:assert/strict";
import { test } from "node:test";
import { PyramidNeck } from "../../../src/detectors/faster-rcnn/pyramid-neck";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { assertClose } from "../../assertions";
import { pyramidReference } from "../../reference/pyramid";
import { assertGradients, setVariables } from "../variables";

/** Levels of the backbone at the strides 8, 16 and 32, by their channels. */
const levelsOf = (channels: readonly number[]) =>
  channels.map((count, i) => ({ stride: 8 * 2 ** i, channels: count }));

for (const reference of pyramidReference.pyramids) {
  const { levels, groups } = reference;
  const title = `levels ${levels.join(", ")}, ${groups} groups`;

  test(`${title}: the maps and the gradients of all variables and levels equal PyTorch's`, () => {
    const neck = new PyramidNeck(reference, levelsOf(reference.inputChannels), new Random(1));
    assert.deepEqual(
      neck.strides,
      levels.map((level) => 2 ** level),
    );
    setVariables(neck.variables(), reference.variables);
    tf.tidy(() => {
      const inputs = reference.inputs.map((level) => tf.tensor4d(level));
      const maps = neck.forward(inputs);
      assert.equal(maps.length, levels.length);
      maps.forEach((map, i) =>
        assertClose(map.arraySync(), reference.maps[i], 1e-5, `level ${levels[i]}`),
      );
      const loss = (...given: tf.Tensor[]) =>
        tf.addN(
          neck
            .forward(given as tf.Tensor4D[])
            .map((map, i) => map.mul(tf.tensor4d(reference.upstream[i])).sum()),
        ) as tf.Scalar;
      assertGradients(() => loss(...inputs), neck.variables(), reference.gradients);
      // Levels of the backbone below the pyramid's finest are not used: they have no gradient.
      const first = inputs.length - (6 - levels[0]);
      const used = (...given: tf.Tensor[]) => loss(...inputs.slice(0, first), ...given);
      tf.grads(used)(inputs.slice(first)).forEach((gradient, i) =>
        assertClose(gradient.arraySync(), reference.inputGradients[first + i], 1e-4, `level ${i}`),
      );
    });
    neck.dispose();
  });
}

test("a pyramid whose finest level the backbone lacks is refused", () => {
  const config = { levels: [2, 3], channels: 4, groups: 2 };
  assert.throws(
    () => new PyramidNeck(config, levelsOf([3, 5]), new Random(1)),
    /strides 8, 16, and level 2 of the pyramid needs 4/,
  );
});

test("dispose frees all tensors", () => {
  const before = tf.memory().numTensors;
  const [reference] = pyramidReference.pyramids;
  new PyramidNeck(reference, levelsOf(reference.inputChannels), new Random(1)).dispose();
  assert.equal(tf.memory().numTensors, before);
});
