import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import type { openDataset } from "../../src/data/dataset";
import { type Config, configure } from "../../src/config/index";
import { FeatureCache } from "../../src/training/feature-cache";
import { progressLine } from "../../src/display/progress";
import { loadHistory, readRunManifest } from "../../src/runs/run-manifest";
import { RunFolder } from "../../src/training/run-folder";
import { loadRun, loadWeights } from "../../src/runs/run-weights";
import { Trainer } from "../../src/training/trainer";
import { tf } from "../../src/tensor/tensorflow";
import { SIZE, smallDetector } from "../detectors/small-detector";
import { collect, squares, squaresConfig, weightsOf } from "./squares";

const config = squaresConfig;

interface TrainerSettings {
  readonly runFolder?: RunFolder | null;
  readonly settings?: Config;
}

async function trainerOn(
  open: () => ReturnType<typeof openDataset>,
  { runFolder = null, settings = config }: TrainerSettings = {},
): Promise<Trainer> {
  const { train, validation } = (await open()).partition({ seed: 1 });
  return new Trainer({ detector: smallDetector(settings), train, validation, runFolder });
}

test("the same seed gives the same history and weights, also when training is stopped and goes on", async () => {
  const { folder, open } = await squares();
  const straight = await trainerOn(open);
  const events = await collect(straight.fit());
  assert.equal(events.filter(({ kind }) => kind === "step").length, 9);
  assert.equal(events.filter(({ kind }) => kind === "validation").length, 3);
  assert.equal(events.at(-1)!.kind, "done");

  const stopped = await trainerOn(open);
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

test("the run folder holds averaged weights, configuration and history, and no incomplete file", async () => {
  const { folder, open } = await squares();
  const run = join(folder, "run");
  const trained = await trainerOn(open, { runFolder: new RunFolder(run, "squares") });
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
    /head0\/hidden0\/kernel' has the shape \[784, 32\], but this configuration needs \[784, 8\]/,
  );
  await rm(folder, { recursive: true });
});

test("a step reports everything it made of the batch, and steps leave no tensors behind", async () => {
  const { folder, open } = await squares();
  const trainer = await trainerOn(open);
  const report = await trainer.step();
  assert.equal(report.pixels.length, 2);
  assert.equal(report.pixels[0].length, SIZE * SIZE);
  assert.ok(report.gradientNorms["rpn/hidden/kernel"] > 0);
  const total = Object.entries(report.losses).reduce(
    (sum, [term, loss]) => (term === "total" ? sum : sum + loss),
    0,
  );
  assert.ok(Math.abs(total - report.losses.total) < 1e-5);
  await trainer.step();
  await trainer.validate();
  const before = tf.memory().numTensors;
  await trainer.step();
  await trainer.validate();
  assert.equal(tf.memory().numTensors, before);
  await rm(folder, { recursive: true });
});

test("a loss that is not finite stops training; the error names the terms and the images", async () => {
  const { folder, open } = await squares();
  const trainer = await trainerOn(open);
  // This weight is not before a ReLU: the ReLU of oneDNN takes NaN for 0.
  const poisoned = trainer.detector.variables()["rpn/objectness/kernel"];
  poisoned.assign(tf.fill(poisoned.shape, NaN));
  await assert.rejects(
    collect(trainer.fit()),
    /not finite in epoch 1, step 1 of 3 \(.*RPN objectness NaN.*images\/train\//s,
  );
  await rm(folder, { recursive: true });
});

test("features that do not fit into memory train from disk to the same weights", async () => {
  const { folder, open } = await squares();
  const weights = async (mebibytes: string | undefined) => {
    if (mebibytes === undefined) delete process.env.FRCNN_FEATURE_MIB;
    else process.env.FRCNN_FEATURE_MIB = mebibytes;
    const trainer = await trainerOn(open);
    await collect(trainer.fit({ epochs: 1 }));
    const values = weightsOf(trainer);
    trainer.detector.dispose();
    return values;
  };
  const inMemory = await weights(undefined);
  try {
    // With 0 MiB no features fit into memory, with 0.005 MiB some do.
    for (const mebibytes of ["0", "0.005"]) assert.deepEqual(await weights(mebibytes), inMemory);
    await assert.rejects(weights("much"), /FRCNN_FEATURE_MIB has to be a number/);
  } finally {
    delete process.env.FRCNN_FEATURE_MIB;
  }
  await rm(folder, { recursive: true });
});

test("a thousand steps leave no tensors and no memory behind", async () => {
  const { folder, open } = await squares();
  const settings = configure(config, { training: { epochs: 500, validateEvery: 1000 } });
  const trainer = await trainerOn(open, { settings });
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++) await trainer.step();
    global.gc?.();
    return {
      tensors: tf.memory().numTensors,
      bytes: tf.memory().numBytes,
      resident: process.memoryUsage().rss,
    };
  };
  const before = await steps(200);
  const after = await steps(800);
  assert.equal(trainer.history.steps.length, 1000);
  assert.deepEqual([after.tensors, after.bytes], [before.tensors, before.bytes]);
  // Tensors are counted exactly above. This finds other memory, from 128 KB for each step on.
  assert.ok(
    after.resident - before.resident < 100 * 2 ** 20,
    `${(after.resident - before.resident) / 2 ** 20} MiB more`,
  );
  trainer.detector.dispose();
  await rm(folder, { recursive: true });
});

test("trainers that share features end with the same weights, and leave the features as they are", async () => {
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
    assert.ok(!events.some(({ kind }) => kind === "preparing"), "no features are computed again");
    assert.deepEqual(weightsOf(sharing), weightsOf(alone));
    sharing.dispose();
  }
  assert.equal(features.bytes, bytes);
  assert.throws(() => features.part(["nobody"]), /no features of image 'nobody'/);
  await rm(folder, { recursive: true });
});

test("training stops early, names the best epoch, and keeps its weights", async () => {
  const { folder, open } = await squares();
  const run = join(folder, "run");
  // At this learning rate nothing changes: the first validation stays the best.
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

/** What a step records, except for its speed. */
const recordsOf = ({ history }: Trainer) => history.steps;

test("steps and fit together give the weights and the history of fit alone, to the bit", async () => {
  const { folder, open } = await squares();
  const straight = await trainerOn(open);
  await collect(straight.fit());
  // Before the first epoch, within it, at the end of an epoch, and beyond it.
  for (const count of [1, 2, 3, 4]) {
    const mixed = await trainerOn(open);
    for (let i = 0; i < count; i++) await mixed.step();
    assert.equal(mixed.history.steps.length, count);
    assert.equal(mixed.history.speeds.length, count);
    const events = await collect(mixed.fit());
    assert.equal(events.filter(({ kind }) => kind === "step").length, 9 - count);
    assert.deepEqual(recordsOf(mixed), recordsOf(straight), `after ${count} steps`);
    assert.deepEqual(mixed.history.validations, straight.history.validations);
    assert.deepEqual(weightsOf(mixed), weightsOf(straight));
    assert.deepEqual(
      await mixed.withAverage(() => weightsOf(mixed)),
      await straight.withAverage(() => weightsOf(straight)),
    );
  }
  await rm(folder, { recursive: true });
});

test("after the last epoch, a step shows a batch and changes nothing", async () => {
  const { folder, open } = await squares();
  const run = join(folder, "run");
  const trainer = await trainerOn(open, { runFolder: new RunFolder(run, "squares") });
  await collect(trainer.fit());
  const { minutes: _, ...before } = trainer.state();
  const files = await readdir(run);
  const report = await trainer.step();
  assert.ok(report.trace.images.length > 0 && report.losses.total > 0);
  assert.ok(report.gradientNorms["rpn/hidden/kernel"] > 0);
  const { minutes: __, ...after } = trainer.state();
  assert.deepEqual(after, before);
  assert.deepEqual(await readdir(run), files);
  await rm(folder, { recursive: true });
});

test("steps alone validate and save every epoch, and do not touch another training", async () => {
  const { folder, open } = await squares();
  const run = join(folder, "run");
  const trainer = await trainerOn(open, { runFolder: new RunFolder(run, "squares") });
  for (let i = 0; i < 4; i++) await trainer.step();
  assert.deepEqual(
    trainer.history.validations.map(({ epoch }) => epoch),
    [1],
  );
  assert.equal((await loadHistory(run)).steps.length, 3);
  const other = await trainerOn(open, { runFolder: new RunFolder(run, "squares") });
  for (let i = 0; i < 3; i++) await other.step();
  await assert.rejects(other.step(), /holds an unfinished training/);
  await rm(folder, { recursive: true });
});

test("validation images without boxes: a notice first, no AP, no best epoch, no early stopping", async () => {
  const { folder, open } = await squares({ emptyValidation: true });
  const run = join(folder, "run");
  const trainer = await trainerOn(open, {
    runFolder: new RunFolder(run, "squares"),
    settings: configure(config, { training: { patience: 1 } }),
  });
  const events = await collect(trainer.fit());
  const [notice] = events;
  assert.equal(notice.kind, "notice");
  assert.match(notice.kind === "notice" ? notice.text : "", /2 validation images have no boxes/);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === "validation" ? [progressLine(event)] : [])),
    [1, 2, 3].map((epoch) => `epoch ${epoch}: validation has no boxes: no AP`),
  );
  const { validations } = trainer.history;
  for (const { metrics, intervals } of validations) {
    assert.deepEqual([metrics.classAgnostic.AP50, metrics.classAware.AP], [null, null]);
    assert.deepEqual(intervals?.AP, { low: null, high: null, resamples: 0 });
  }
  assert.match(progressLine(events.at(-1)!), /done after 3 epochs/);
  assert.equal((await readRunManifest(run)).best, null);
  assert.ok(!(await readdir(run)).includes("best.safetensors"));
  assert.deepEqual((await loadHistory(run)).validations, validations);
  await assert.rejects(loadRun(run, "best"), /no weights of a best validation/);
  await rm(folder, { recursive: true });
});

test("a detector with fewer classes than the training images is refused", async () => {
  const { folder, open } = await squares();
  const { train } = (await open()).partition({ seed: 1 });
  const detector = smallDetector(config);
  const more = train.withClasses([...detector.classNames, "another"], [0, 1]);
  assert.throws(
    () => new Trainer({ detector, train: more }),
    /the training images have .*another: create/,
  );
  await rm(folder, { recursive: true });
});

test("training images without any box are refused: there is nothing to learn", async () => {
  const { folder, open } = await squares();
  const { train } = (await open()).partition({ seed: 1 });
  const empty = train.withImages(train.images.map((image) => ({ ...image, annotations: [] })));
  assert.throws(
    () => new Trainer({ detector: smallDetector(config), train: empty }),
    /none of the \d+ training images has a box, so there is nothing to learn/,
  );
  await rm(folder, { recursive: true });
});

test("validation images with boxes need no notice", async () => {
  const { folder, open } = await squares();
  const events = await collect((await trainerOn(open)).fit({ epochs: 1 }));
  assert.ok(!events.some(({ kind }) => kind === "notice"));
  await rm(folder, { recursive: true });
});
