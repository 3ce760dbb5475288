import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createBackbone,
  runBlocks,
  type Backbone,
  type BackboneBlock,
} from "../../src/backbones/create-backbone";
import { efficientNetLite0 } from "../../src/backbones/efficientnet-lite";
import { buildBackbone } from "../../src/backbones/backbone";
import { tf } from "../../src/tensor/tensorflow";
import { hashedWeights } from "../tensor/hashed";
import { references } from "./parity";

const CONFIG = { name: "efficientnet-lite0", frozenBlocks: "all", lastBlock: null } as const;

/** A backbone whose block i adds 10^i. */
function countingBackbone(count: number): Backbone {
  const blocks = Array.from({ length: count }, (_, index): BackboneBlock => ({
    name: `block${index}`,
    stride: 1,
    channels: 1,
    variables: {},
    forward: (x) => x.add(10 ** index),
  }));
  return {
    name: "resnet50",
    blocks,
    levels: [],
    preprocess: (images) => images,
    dispose: () => undefined,
  };
}

test("runBlocks runs each block of the range once and returns the requested outputs in order", () => {
  const backbone = countingBackbone(5);
  const run = (from: number, to: number, outputs?: number[]) =>
    tf.tidy(() =>
      runBlocks(backbone, tf.zeros([1, 1, 1, 1]), { from, to, outputs }).map(
        (output) => output.dataSync()[0],
      ),
    );
  assert.deepEqual(run(0, 5), [11111]);
  assert.deepEqual(run(1, 4), [1110]);
  assert.deepEqual(run(1, 4, [1, 3]), [10, 1110]);
  assert.deepEqual(run(0, 3, [0, 1, 2, 2, 4]), [1, 11, 111, 111]);
  assert.deepEqual(run(2, 2), []);
});

test("within tf.tidy, only the outputs of runBlocks remain", async () => {
  const backbone = await createBackbone(CONFIG);
  const image = tf.zeros<tf.Rank.R4>([1, 64, 64, 3]);
  const before = tf.memory().numTensors;
  const outputs = tf.tidy(() =>
    runBlocks(backbone, backbone.preprocess(image), { from: 0, to: 17, outputs: backbone.levels }),
  );
  assert.equal(tf.memory().numTensors, before + 3);
  tf.dispose([image, outputs]);
  backbone.dispose();
});

test("frozenBlocks and lastBlock outside the backbone are refused with the valid range", () => {
  const weights = hashedWeights(references["efficientnet-lite0"].shapes);
  assert.throws(
    () => buildBackbone(efficientNetLite0, weights, { ...CONFIG, lastBlock: 17 }),
    /lastBlock is 17.*0 to 16/,
  );
  assert.throws(
    () => buildBackbone(efficientNetLite0, weights, { ...CONFIG, frozenBlocks: 18 }),
    /frozenBlocks is 18.*0 to 17/,
  );
  assert.throws(
    () => buildBackbone(efficientNetLite0, weights, { ...CONFIG, frozenBlocks: 6, lastBlock: 4 }),
    /frozenBlocks is 6.*0 to 5/,
  );
});

test("weights of another network are refused with the name of the tensor, and no tensor remains", () => {
  const before = tf.memory().numTensors;
  const weights = hashedWeights(references["efficientnet-lite0"].shapes);
  weights.delete("_blocks.3._bn1.running_var");
  assert.throws(
    () => buildBackbone(efficientNetLite0, weights, CONFIG),
    /no '_blocks\.3\._bn1\.running_var'/,
  );
  weights.set("_blocks.3._bn1.running_var", { shape: [7], data: new Float32Array(7) });
  assert.throws(
    () => buildBackbone(efficientNetLite0, weights, CONFIG),
    /'_blocks\.3\._bn1\.running_var' are \[7\] where the network has \[144\]/,
  );
  assert.equal(tf.memory().numTensors, before);
});

test("an environment variable with a missing file is refused with its name and its value", async () => {
  await assert.rejects(
    createBackbone(
      { ...CONFIG, name: "resnet50" },
      { environment: { FRCNN_RESNET50: "/nowhere/weights.pth" } },
    ),
    { name: "WeightsUnavailableError", message: /FRCNN_RESNET50 says '\/nowhere\/weights\.pth'/ },
  );
});
