import assert from "node:assert/strict";
import { test } from "node:test";
import { createBackbone, runBlocks } from "../../src/backbones/create-backbone";
import { efficientNetLite0 } from "../../src/backbones/efficientnet-lite";
import { buildBackbone } from "../../src/backbones/backbone";
import { tf } from "../../src/tensor/tensorflow";
import { hashedWeights, testImage } from "../tensor/hashed";
import { assertParity, references } from "./parity";

const CONFIG = { name: "efficientnet-lite0", frozenBlocks: "all", lastBlock: null } as const;

test("features of hashed weights equal PyTorch's, at even and odd sizes", () => {
  const reference = references["efficientnet-lite0"];
  const backbone = buildBackbone(efficientNetLite0, hashedWeights(reference.shapes), CONFIG);
  assertParity(backbone, reference);
  backbone.dispose();
});

test("features of the real weights equal PyTorch's", async () => {
  const backbone = await createBackbone(CONFIG);
  assertParity(backbone, references["efficientnet-lite0, real weights"]);
  backbone.dispose();
});

test("levels, strides and channels equal the table of the paper", async () => {
  const backbone = await createBackbone(CONFIG);
  const levels = backbone.levels.map((index) => backbone.blocks[index]);
  assert.equal(backbone.blocks.length, 17);
  assert.deepEqual(backbone.levels, [5, 11, 16]);
  assert.deepEqual(
    levels.map(({ stride, channels }) => [stride, channels]),
    [
      [8, 40],
      [16, 112],
      [32, 320],
    ],
  );
  backbone.dispose();
});

test("preprocessing maps 127 to 0 and 255 to 1", async () => {
  const backbone = await createBackbone({ ...CONFIG, lastBlock: 0 });
  const values = tf.tidy(() =>
    backbone.preprocess(tf.tensor4d([127, 255, -1], [1, 1, 1, 3])).dataSync(),
  );
  assert.deepEqual([...values], [0, 1, -1]);
  backbone.dispose();
});

test("the number of frozen blocks does not change the features, and no tensor remains", async () => {
  const before = tf.memory().numTensors;
  const image = testImage(64);
  const results: Float32Array[] = [];
  for (const frozenBlocks of ["all", 0, 4] as const) {
    const backbone = await createBackbone({ ...CONFIG, frozenBlocks });
    const trained = backbone.blocks.map((block) => Object.keys(block.variables).length > 0);
    assert.deepEqual(
      trained,
      backbone.blocks.map((_, index) => frozenBlocks !== "all" && index >= frozenBlocks),
    );
    const last = tf.tidy(
      () => runBlocks(backbone, backbone.preprocess(image), { from: 0, to: 17 })[0],
    );
    results.push((await last.data()) as Float32Array);
    last.dispose();
    backbone.dispose();
  }
  image.dispose();
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
  assert.equal(tf.memory().numTensors, before);
});

test("every trained variable gets a gradient, and gradient descent lowers a loss", async () => {
  const backbone = await createBackbone({ ...CONFIG, frozenBlocks: 12 });
  const image = testImage(64);
  const variables = Object.assign({}, ...backbone.blocks.map((block) => block.variables)) as Record<
    string,
    tf.Variable
  >;
  // The blocks 12 to 16, each with three convolutions with kernel and bias.
  assert.equal(Object.keys(variables).length, 5 * 3 * 2);
  assert.ok(variables["backbone/block12/expand/kernel"]);
  const start = tf.tidy(
    () => runBlocks(backbone, backbone.preprocess(image), { from: 0, to: 12 })[0],
  );
  const loss = () =>
    runBlocks(backbone, start, { from: 12, to: 17 })[0].sub(1).square().mean() as tf.Scalar;
  const before = tf.memory().numTensors;
  const { value, grads } = tf.variableGrads(loss, Object.values(variables));
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  for (const [tensorName, gradient] of Object.entries(grads)) {
    const largest = tf.tidy(() => gradient.abs().max().dataSync()[0]);
    assert.ok(
      largest > 0 && Number.isFinite(largest),
      `the gradient of ${names.get(tensorName)} is ${largest}`,
    );
    const variable = [...Object.values(variables)].find(({ name }) => name === tensorName)!;
    tf.tidy(() => variable.assign(variable.sub(gradient.mul(1e-3))));
  }
  tf.dispose(grads);
  const after = tf.tidy(loss);
  assert.ok(after.dataSync()[0] < value.dataSync()[0]);
  tf.dispose([value, after]);
  assert.equal(tf.memory().numTensors, before);
  tf.dispose([image, start]);
  backbone.dispose();
});

test("repeating a step gives identical gradients, to the bit", async () => {
  const backbone = await createBackbone({ ...CONFIG, frozenBlocks: 0 });
  const image = testImage(128);
  const variables = backbone.blocks.flatMap((block) => Object.values(block.variables));
  const step = () => {
    const { value, grads } = tf.variableGrads(
      () => runBlocks(backbone, backbone.preprocess(image), { from: 0, to: 17 })[0].square().mean(),
      variables,
    );
    const values = variables.map(({ name }) => grads[name].dataSync());
    tf.dispose([value, grads]);
    return values;
  };
  const first = step();
  for (let i = 0; i < 2; i++) assert.deepEqual(step(), first);
  image.dispose();
  backbone.dispose();
});
