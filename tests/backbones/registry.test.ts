import assert from "node:assert/strict";
import { test } from "node:test";
import { type LayerPlan, levelIndices } from "../../src/backbones/backbone";
import { backboneByName, backboneNames, INSTALLED_BACKBONE } from "../../src/backbones/registry";
import { presets } from "../../src/config/index";
import { tf } from "../../src/tensor/tensorflow";

test("every name leads to its definition, and names and variables are unique", () => {
  const definitions = backboneNames.map(backboneByName);
  assert.deepEqual(
    definitions.map(({ name }) => name),
    backboneNames,
  );
  assert.equal(new Set(backboneNames).size, backboneNames.length);
  assert.equal(
    new Set(definitions.map(({ weights }) => weights.variable)).size,
    definitions.length,
  );
  assert.ok(backboneNames.includes(INSTALLED_BACKBONE));
  for (const { backbone } of Object.values(presets)) assert.ok(backboneByName(backbone.name));
});

test("an unknown name is refused with all names", () => {
  assert.throws(
    () => backboneByName("resnet18"),
    /^Error: unknown backbone 'resnet18': the names are efficientnet-lite0, resnet50$/,
  );
});

for (const name of backboneNames) {
  test(`${name}: strides never fall, blocks have unique names, and the levels have strides 8, 16 and 32`, () => {
    const blocks = backboneByName(name).plan();
    const strides = blocks.map(({ stride }) => stride);
    assert.deepEqual(
      strides,
      [...strides].sort((a, b) => a - b),
    );
    assert.equal(new Set(blocks.map((block) => block.name)).size, blocks.length);
    const levels = levelIndices(blocks);
    assert.deepEqual(
      levels.map((index) => strides[index]),
      [8, 16, 32],
    );
    // Each level is the last block with its stride.
    levels.forEach((index) => assert.notEqual(strides[index + 1], strides[index]));
  });

  test(`${name}: blocks have their stride and channels, and at most 24 numbers for each pixel of the input`, () => {
    // A batch is limited to 2^26 pixels, so that the elements of this map can be counted with 32
    // bits (src/config/constraints.ts). The layers here only compute the shapes of their outputs.
    const SIDE = 64;
    let largest = 0;
    const shapeOnly =
      ({ stride = 1, shape }: LayerPlan) =>
      (x: tf.Tensor4D) => {
        const [height, width] = [x.shape[1] / stride, x.shape[2] / stride];
        largest = Math.max(largest, (height * width * shape[0]) / SIDE ** 2);
        return tf.zeros<tf.Rank.R4>([1, height, width, shape[0]]);
      };
    tf.tidy(() => {
      let x = tf.zeros<tf.Rank.R4>([1, SIDE, SIDE, 3]);
      for (const block of backboneByName(name).plan()) {
        const { layers, stride, channels } = block;
        const entries = Object.entries(layers).map(
          ([key, plan]) => [key, shapeOnly(plan)] as const,
        );
        x = block.forward(Object.fromEntries(entries), x);
        assert.deepEqual(x.shape, [1, SIDE / stride, SIDE / stride, channels]);
      }
    });
    assert.ok(largest <= 24, `${largest}`);
    assert.ok(largest * 2 ** 26 < 2 ** 31);
  });
}
