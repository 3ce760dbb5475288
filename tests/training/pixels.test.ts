/** Training on images of more than 8 bits, and on colors. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { configure } from "../../src/config/index";
import { readRunManifest } from "../../src/runs/run-manifest";
import { planResumed } from "../../src/training/plan-training";
import { RunFolder } from "../../src/training/run-folder";
import { Trainer } from "../../src/training/trainer";
import { temporaryFolder } from "../data/files";
import { SIZE, smallDetector } from "../detectors/small-detector";
import { collect, squares, squaresConfig, weightsOf } from "./squares";

const config = configure(squaresConfig, { training: { epochs: 1 } });
/** The scanner's values of white. */
const WHITE = 2040;
/** The names are those of the twins, because augmentation depends on them. */
const deep = {
  encode: (grey: Uint8Array) =>
    sharp(
      Uint16Array.from(grey, (value) => 8 * value),
      {
        raw: { width: SIZE, height: SIZE, channels: 1 },
      },
    )
      .toColourspace("grey16")
      .png()
      .toBuffer(),
};
/** Squares in three different channels. */
const colored = {
  encode: (grey: Uint8Array) =>
    sharp(
      new Uint8Array(3 * SIZE * SIZE).map((_, i) => grey[Math.floor(i / 3)] / (1 + (i % 3))),
      {
        raw: { width: SIZE, height: SIZE, channels: 3 },
      },
    )
      .png()
      .toBuffer(),
};

/** Trains an epoch; the weights, and the manifest of the run. */
async function trained(images: Parameters<typeof squares>[0], settings = config) {
  const { open } = await squares(images);
  const run = join(temporaryFolder(), "run");
  const { train, validation } = (await open()).partition({ seed: 1 });
  const trainer = new Trainer({
    detector: smallDetector(settings),
    train,
    validation,
    runFolder: new RunFolder(run, "squares"),
  });
  const { pixels } = await trainer.step();
  await collect(trainer.fit());
  return { trainer, pixels, weights: weightsOf(trainer), manifest: await readRunManifest(run) };
}

test("12 bits train the same weights as their twins of 8 bits", async () => {
  const bytes = await trained({});
  assert.equal(bytes.manifest.config.data.valueRange, null);
  const ranged = configure(config, { data: { valueRange: [0, WHITE] } });
  const values = await trained(deep, ranged);
  assert.deepEqual(values.weights, bytes.weights);
  assert.deepEqual(values.trainer.history.validations, bytes.trainer.history.validations);
});

test("the run stores the range of the training images, and resumes with it", async () => {
  const { open } = await squares(deep);
  const run = join(temporaryFolder(), "run");
  const dataset = await open();
  const { train, validation } = dataset.partition({ seed: 1 });
  const parts = { train, validation, runFolder: new RunFolder(run, "squares") };
  const trainer = new Trainer({ detector: smallDetector(squaresConfig), ...parts });
  const controller = new AbortController();
  for await (const { kind } of trainer.fit({ signal: controller.signal }))
    if (kind === "validation") controller.abort();
  const range = dataset.valueRange!;
  assert.ok(range[1] > 255 && range[1] <= WHITE, `${range}`);
  assert.deepEqual((await readRunManifest(run)).config.data.valueRange, range);
  const plan = await planResumed(run);
  assert.deepEqual(plan.config.data.valueRange, range);
  const resumed = new Trainer({
    detector: smallDetector(plan.config),
    train: plan.train,
    validation: plan.validation,
    runFolder: new RunFolder(run, "squares"),
  });
  assert.match(await resumed.resume(), /epoch/);
});

test("colors are trained on, from memory and from disk, to the same weights", async () => {
  const rgb = configure(config, { data: { channels: "rgb" } });
  const inMemory = await trained(colored, rgb);
  assert.equal(inMemory.pixels[0].length, 3 * SIZE * SIZE);
  assert.equal(inMemory.manifest.config.data.channels, "rgb");
  process.env.FRCNN_FEATURE_MIB = "0";
  try {
    assert.deepEqual((await trained(colored, rgb)).weights, inMemory.weights);
  } finally {
    delete process.env.FRCNN_FEATURE_MIB;
  }
  const grey = await trained(colored);
  assert.equal(grey.pixels[0].length, SIZE * SIZE);
  assert.notDeepEqual(grey.weights, inMemory.weights);
});
