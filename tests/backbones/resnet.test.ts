import assert from "node:assert/strict";
import { test } from "node:test";
import { runBlocks } from "../../src/backbones/create-backbone";
import { resNet50 } from "../../src/backbones/resnet";
import { buildBackbone } from "../../src/backbones/backbone";
import { tf } from "../../src/tensor/tensorflow";
import { hashedWeights, testImage } from "../tensor/hashed";
import { assertParity, references } from "./parity";

const CONFIG = { name: "resnet50", frozenBlocks: "all", lastBlock: null } as const;
const reference = references["resnet50"];
const weights = hashedWeights(reference.shapes);

test("features of hashed weights equal those of transformers' ResNet-50, at even and odd sizes", () => {
  const backbone = buildBackbone(resNet50, weights, CONFIG);
  assertParity(backbone, reference);
  assert.deepEqual(
    backbone.levels.map((index) => [backbone.blocks[index].name, backbone.blocks[index].stride]),
    [
      ["layer2.3", 8],
      ["layer3.5", 16],
      ["layer4.2", 32],
    ],
  );
  backbone.dispose();
});

test("a backbone that ends early computes the same features there, and has only the levels that it reaches", () => {
  const complete = buildBackbone(resNet50, weights, CONFIG);
  const cut = buildBackbone(resNet50, weights, { ...CONFIG, lastBlock: 7 });
  tf.tidy(() => {
    const input = complete.preprocess(testImage(64));
    const [expected] = runBlocks(complete, input, { from: 0, to: 17, outputs: [7] });
    const [actual] = runBlocks(cut, input, { from: 0, to: 8 });
    assert.deepEqual(actual.dataSync(), expected.dataSync());
  });
  assert.deepEqual(cut.levels, [7]);
  complete.dispose();
  cut.dispose();
});

test("preprocessing maps the mean color of ImageNet to 0", () => {
  const backbone = buildBackbone(resNet50, weights, { ...CONFIG, lastBlock: 0 });
  const mean = [0.485 * 255, 0.456 * 255, 0.406 * 255];
  const values = tf.tidy(() =>
    backbone.preprocess(tf.tensor4d([...mean, 255, 255, 255], [1, 1, 2, 3])).dataSync(),
  );
  const expected = [0, 0, 0, (1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225];
  expected.forEach((value, i) => assert.ok(Math.abs(value - values[i]) < 1e-5));
  backbone.dispose();
});

test("the variables of the last stage have names of block and layer, and get gradients", () => {
  const before = tf.memory().numTensors;
  const backbone = buildBackbone(resNet50, weights, { ...CONFIG, frozenBlocks: 14 });
  const names = backbone.blocks.flatMap((block) => Object.keys(block.variables));
  // Three bottlenecks with three convolutions each, and one projection, with kernel and bias.
  assert.equal(names.length, (3 * 3 + 1) * 2);
  assert.ok(names.includes("backbone/layer4.0/project/kernel"));
  const image = testImage(64);
  const start = tf.tidy(
    () => runBlocks(backbone, backbone.preprocess(image), { from: 0, to: 14 })[0],
  );
  const { value, grads } = tf.variableGrads(
    () => runBlocks(backbone, start, { from: 14, to: 17 })[0].mean(),
    backbone.blocks.flatMap((block) => Object.values(block.variables)),
  );
  for (const gradient of Object.values(grads)) {
    const largest = tf.tidy(() => gradient.abs().max().dataSync()[0]);
    assert.ok(largest > 0 && Number.isFinite(largest));
  }
  tf.dispose([grads, value, image, start]);
  backbone.dispose();
  assert.equal(tf.memory().numTensors, before);
});
