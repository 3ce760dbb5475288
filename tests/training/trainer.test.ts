import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import type { openDataset } from "../../src/data/dataset";
import { configure } from "../../src/config/index";
import { FeatureCache } from "../../src/training/feature-cache";
import { readRunManifest } from "../../src/runs/run-manifest";
import { RunFolder } from "../../src/training/run-folder";
import { loadWeights } from "../../src/runs/run-weights";
import { Trainer } from "../../src/training/trainer";
import { tf } from "../../src/tensor/tensorflow";
import { SIZE, smallDetector } from "../detectors/small-detector";
import { collect, squares, squaresConfig, weightsOf } from "./squares";

const config = squaresConfig;

async function trainer(
  open: () => ReturnType<typeof openDataset>,
  runFolder: RunFolder | null = null,
): Promise<Trainer> {
  const { train, validation } = (await open()).partition({ seed: 1 });
  return new Trainer({ detector: smallDetector(config), train, validation, runFolder });
}

test("the same seed gives the same history and weights; stopping and going on ends where a straight run does", async () => {
  const { folder, open } = await squares();
  const straight = await trainer(open);
  const events = await collect(straight.fit());
  assert.equal(events.filter(({ kind }) => kind === "step").length, 9);
  assert.equal(events.filter(({ kind }) => kind === "validation").length, 3);
  assert.equal(events.at(-1)!.kind, "done");

  const stopped = await trainer(open);
  const controller = new AbortController();
  let steps = 0;
  for await (const event of stopped.fit({ signal: controller.signal })) {
    if (event.kind === "step" && ++steps === 4) controller.abort();
    if (event.kind === "stopped") assert.equal(event.epoch, 1);
  }
  assert.equal(steps, 4);
  await collect(stopped.fit());
  assert.deepEqual(stopped.history.steps, straight.history.steps);
  assert.deepEqual(weightsOf(stopped), weightsOf(straight));
  assert.deepEqual(
    (await collect(stopped.fit())).map(({ kind }) => kind),
    ["done"],
  );
  await rm(folder, { recursive: true });
});

test("the run folder keeps averaged weights, configuration and history; no half-written file is left", async () => {
  const { folder, open } = await squares();
  const run = join(folder, "run");
  const trained = await trainer(open, new RunFolder(run, "squares"));
  await collect(trained.fit());
  assert.deepEqual((await readdir(run)).sort(), [
    "best.safetensors",
    "history.json",
    "run.json",
    "weights.safetensors",
  ]);
  const manifest = await readRunManifest(run);
  assert.deepEqual(manifest.config, config);
  assert.equal(manifest.epochs, 3);
  assert.deepEqual(
    manifest.images.validation,
    trained.validation!.images.map(({ id }) => id),
  );

  const loaded = smallDetector(config);
  await loadWeights(loaded, join(run, "weights.safetensors"));
  const expected = await trained.withAverage(() => weightsOf(trained));
  assert.deepEqual(
    Object.values(loaded.variables()).map((variable) => Array.from(variable.dataSync())),
    expected,
  );
  const other = smallDetector(configure(config, { head: { hidden: [8] } }));
  await assert.rejects(
    loadWeights(other, join(run, "weights.safetensors")),
    /head0\/hidden0\/kernel' is \[784, 32\], the configuration wants \[784, 8\]/,
  );
  await rm(folder, { recursive: true });
});

test("a step shows everything it saw, and steps leave no tensor behind", async () => {
  const { folder, open } = await squares();
  const own = await trainer(open);
  const report = await own.step();
  assert.equal(report.pixels.length, 2);
  assert.equal(report.pixels[0].length, SIZE * SIZE);
  assert.ok(report.gradientNorms["rpn/hidden/kernel"] > 0);
  const total = Object.entries(report.losses).reduce(
    (sum, [term, loss]) => (term === "total" ? sum : sum + loss),
    0,
  );
  assert.ok(Math.abs(total - report.losses.total) < 1e-5);
  await own.step();
  await own.validate();
  const before = tf.memory().numTensors;
  await own.step();
  await own.validate();
  assert.equal(tf.memory().numTensors, before);
  await rm(folder, { recursive: true });
});

test("a loss that is not finite stops with the terms and the images", async () => {
  const { folder, open } = await squares();
  const own = await trainer(open);
  // Not one before a ReLU: oneDNN's takes NaN for 0.
  const poisoned = own.detector.variables()["rpn/objectness/kernel"];
  poisoned.assign(tf.fill(poisoned.shape, NaN));
  await assert.rejects(
    collect(own.fit()),
    /not finite in epoch 1, step 1 of 3 \(.*RPN objectness NaN.*images\/train\//s,
  );
  await rm(folder, { recursive: true });
});

test("features that do not fit into memory train from disk to the same weights", async () => {
  const { folder, open } = await squares();
  const weights = async (mebibytes: string | undefined) => {
    if (mebibytes === undefined) delete process.env.FRCNN_FEATURE_MIB;
    else process.env.FRCNN_FEATURE_MIB = mebibytes;
    const own = await trainer(open);
    await collect(own.fit({ epochs: 1 }));
    const values = Object.values(own.detector.variables()).map((variable) =>
      Array.from(variable.dataSync()),
    );
    own.detector.dispose();
    return values;
  };
  const inMemory = await weights(undefined);
  try {
    // None fits; some fit.
    for (const mebibytes of ["0", "0.005"]) assert.deepEqual(await weights(mebibytes), inMemory);
    await assert.rejects(weights("much"), /FRCNN_FEATURE_MIB wants a number/);
  } finally {
    delete process.env.FRCNN_FEATURE_MIB;
  }
  await rm(folder, { recursive: true });
});

test("a thousand steps leave as many tensors as there were, and no memory behind", async () => {
  const { folder, open } = await squares();
  const own = await trainer(open);
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++) await own.step();
    global.gc?.();
    return {
      tensors: tf.memory().numTensors,
      bytes: tf.memory().numBytes,
      resident: process.memoryUsage().rss,
    };
  };
  const before = await steps(200);
  const after = await steps(800);
  assert.deepEqual([after.tensors, after.bytes], [before.tensors, before.bytes]);
  // Tensors are counted exactly above. This is for memory that no tensor holds: it shows from 128
  // KB a step on.
  assert.ok(
    after.resident - before.resident < 100 * 2 ** 20,
    `${(after.resident - before.resident) / 2 ** 20} MiB more`,
  );
  own.detector.dispose();
  await rm(folder, { recursive: true });
});

test("trainers that share the features of a whole data set end where those with features of their own do, and leave them whole", async () => {
  const { folder, open } = await squares();
  const dataset = await open();
  const { train, validation } = dataset.partition({ seed: 1 });
  const alone = new Trainer({ detector: smallDetector(config), train, validation });
  await collect(alone.fit());
  const features = FeatureCache.open(smallDetector(config), dataset);
  for await (const _ of features.fill(config.augmentation.copies, "")) void _;
  const { bytes } = features;
  for (let run = 0; run < 2; run++) {
    const sharing = new Trainer({ detector: smallDetector(config), train, validation, features });
    const events = await collect(sharing.fit());
    assert.ok(!events.some(({ kind }) => kind === "preparing"), "nothing is computed again");
    assert.deepEqual(weightsOf(sharing), weightsOf(alone));
    sharing.dispose();
  }
  assert.equal(features.bytes, bytes);
  assert.throws(() => features.part(["nobody"]), /no features of image 'nobody'/);
  await rm(folder, { recursive: true });
});

test("training stops when validation stops rising, says at which epoch it was best, and keeps those weights", async () => {
  const { folder, open } = await squares();
  const run = join(folder, "run");
  // Nothing is learned at this rate: the first validation is never beaten.
  const still = configure(config, { training: { epochs: 9, learningRate: 0, patience: 2 } });
  const { train, validation } = (await open()).partition({ seed: 1 });
  const trained = new Trainer({
    detector: smallDetector(still),
    train,
    validation,
    runFolder: new RunFolder(run, "squares"),
  });
  const end = (await collect(trained.fit())).at(-1)!;
  assert.deepEqual([end.kind, end.kind === "done" && end.epoch], ["done", 3]);
  assert.match(
    end.kind === "done" ? end.reason : "",
    /stopped early: class-agnostic AP .* has not risen above the 0\.\d+ of epoch 1/,
  );
  const { best, epochs } = await readRunManifest(run);
  assert.deepEqual(
    [best?.epoch, best?.metric, epochs],
    [1, "class-agnostic AP on the validation part", 3],
  );
  assert.deepEqual(
    (await collect(trained.fit())).map(({ kind }) => kind),
    ["done"],
  );
  await rm(folder, { recursive: true });
});
