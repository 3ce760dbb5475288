import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Random } from "../../src/util/random";
import { compactWeights, expandWeights } from "../../src/weights/compact";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors";
import { elementCount, type WeightMap } from "../../src/weights/weight-map";

const folder = mkdtempSync(join(tmpdir(), "compact-test-"));
after(() => rmSync(folder, { recursive: true }));

const random = new Random("compact");
const normal = (shape: number[], deviation: (index: number) => number) => ({
  shape,
  data: Float32Array.from(
    { length: elementCount(shape) },
    (_, i) => deviation(i) * random.normal(),
  ),
});

// Channels of very different size: with one step for all, the small ones would be 0.
const WEIGHTS: WeightMap = new Map([
  ["convolution/kernel", normal([3, 3, 8, 4], (i) => 10 ** (i % 4))],
  ["depthwise/kernel", normal([3, 3, 4, 1], (i) => 10 ** -(i % 4))],
  ["dense/kernel", { shape: [2, 3], data: Float32Array.from([0, 1, -2, 0, 127, 2]) }],
  ["bias", normal([4], () => 1)],
]);

test("after a file, each number differs by at most half a step of its channel", async () => {
  const path = join(folder, "compact.safetensors");
  await writeSafetensors(path, compactWeights(WEIGHTS));
  const back = expandWeights(await readSafetensors(path));
  assert.deepEqual([...back.keys()].sort(), [...WEIGHTS.keys()].sort());
  for (const [name, { shape, data }] of WEIGHTS) {
    const found = back.get(name)!;
    assert.deepEqual(found.shape, shape);
    if (shape.length === 1) assert.deepEqual(found.data, data);
    const channels = name.startsWith("depthwise") ? 4 : shape[shape.length - 1];
    data.forEach((value, i) => {
      const channel = data.filter((_, j) => j % channels === i % channels);
      const half = Math.max(...channel.map(Math.abs)) / 127 / 2;
      assert.ok(
        Math.abs(found.data[i] - value) <= half * 1.001,
        `${name}[${i}]: ${found.data[i]} for ${value}`,
      );
    });
  }
});

test("integers up to 127 in a channel are exact, including zeros", () => {
  const { data } = expandWeights(readBack(compactWeights(WEIGHTS))).get("dense/kernel")!;
  assert.deepEqual([...data], [0, 1, -2, 0, 127, 2]);
});

test("compact weights take about a quarter of the space; other weights are not changed", async () => {
  const large: WeightMap = new Map([["kernel", normal([64, 256], () => 1)]]);
  const [full, compact] = ["full", "small"].map((name) => join(folder, name));
  await writeSafetensors(full, large);
  await writeSafetensors(compact, compactWeights(large));
  assert.ok(statSync(compact).size < 0.28 * statSync(full).size);
  assert.deepEqual(expandWeights(large), large);
});

test("steps that do not fit the channels are refused", () => {
  const broken = readBack(compactWeights(WEIGHTS));
  broken.set("bias.steps", { shape: [1], data: Float32Array.from([1]) });
  assert.throws(() => expandWeights(broken), /'bias' has 4 channels and 1 steps/);
});

function readBack(compact: ReturnType<typeof compactWeights>): WeightMap {
  return new Map(
    [...compact].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
}
