/**
 * Valid files with weights that a network cannot use: the error names the file and the weights.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { join } from "node:path";
import { presets } from "../../src/config/index";
import { createBackbone } from "../../src/backbones/create-backbone";
import { tf } from "../../src/tensor/tensorflow";
import { writeSafetensors } from "../../src/weights/safetensors";
import { efficientNetLite0 } from "../../src/backbones/efficientnet-lite";
import { readWeights } from "../../src/weights/sources";
import { requireFinite, UnusableWeightsError, type WeightMap } from "../../src/weights/weight-map";
import { temporaryFolder } from "../data/files";

const folder = temporaryFolder();
let original: WeightMap;
before(
  async () =>
    (original = await readWeights(await efficientNetLite0.weights.locate({ environment: {} }))),
);

/** Builds the backbone from its weights with a change. */
async function build(name: string, change: (weights: WeightMap) => void): Promise<void> {
  const weights = new Map(original);
  change(weights);
  const path = join(folder, name);
  await writeSafetensors(path, weights);
  const backbone = await createBackbone(presets.default.backbone, {
    environment: { [efficientNetLite0.weights.variable]: path },
  });
  backbone.dispose();
}

function replaceNumber(name: string, index: number, value: number): (weights: WeightMap) => void {
  return (weights) => {
    const { shape, data } = weights.get(name)!;
    weights.set(name, { shape, data: data.map((number, i) => (i === index ? value : number)) });
  };
}

const CASES: readonly [string, (weights: WeightMap) => void, RegExp][] = [
  [
    "NaN in a kernel",
    replaceNumber("_conv_stem.weight", 5, NaN),
    /'_conv_stem\.weight' contain NaN \(number 5 of 864\): get the file again/,
  ],
  [
    "an infinite variance",
    replaceNumber("_bn0.running_var", 31, Infinity),
    /'_bn0\.running_var' contain Infinity \(number 31 of 32\)/,
  ],
  [
    "minus infinity in a later block",
    replaceNumber("_blocks.15._bn2.bias", 0, -Infinity),
    /'_blocks\.15\._bn2\.bias' contain -Infinity/,
  ],
  [
    "a missing tensor",
    (weights) => weights.delete("_blocks.3._bn1.weight"),
    /have no '_blocks\.3\._bn1\.weight' .*another network/,
  ],
  [
    "a tensor of another shape",
    (weights) => weights.set("_bn0.bias", { shape: [1, 32], data: new Float32Array(32) }),
    /'_bn0\.bias' are \[1,32\] where the network has \[32\]/,
  ],
];

for (const [what, change, message] of CASES) {
  test(`${what}: refused with the file's name, and all tensors are disposed`, async () => {
    const before = tf.memory().numTensors;
    const name = `${what.replaceAll(" ", "-")}.safetensors`;
    await assert.rejects(build(name, change), (error: Error) => {
      assert.ok(error instanceof UnusableWeightsError);
      assert.ok(error.message.startsWith(join(folder, name)), error.message);
      assert.match(error.message, message);
      return true;
    });
    assert.equal(tf.memory().numTensors, before);
  });
}

test("tensors that the network does not need are not checked", async () => {
  await build("extra.safetensors", (weights) =>
    weights.set("more", { shape: [1], data: Float32Array.from([NaN]) }),
  );
});

test("the error has the first number that is not finite; finite weights pass", () => {
  assert.throws(
    () => requireFinite("w", { shape: [4], data: Float32Array.from([1, 2, -Infinity, NaN]) }),
    /'w' contain -Infinity \(number 2 of 4\)/,
  );
  requireFinite("w", { shape: [2], data: Float32Array.from([3e38, -0]) });
  requireFinite("empty", { shape: [0], data: new Float32Array(0) });
});
