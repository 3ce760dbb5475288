import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { configure, presets } from "../../src/config/index";
import { type Dataset, openDataset } from "../../src/data/dataset";
import { tf } from "../../src/tensor/tensorflow";
import { measureCost, type TrainingCost } from "../../src/training/cost";
import { temporaryFolder } from "../data/files";

const SAMPLE = join(__dirname, "../../data/sample");
/** A small input, so that the measurements take seconds. */
const config = configure(presets.default, {
  data: { imageSize: 128, cropToHead: null },
  training: { batchSize: 2, epochs: 3 },
});

let sample: Dataset;
/** Of a single image. */
let single: TrainingCost;
before(async () => {
  sample = await openDataset(SAMPLE);
  single = await measureCost(config, firstImages(sample, 1));
});

function firstImages(dataset: Dataset, count: number): Dataset {
  const ids = new Set(dataset.images.slice(0, count).map(({ id }) => id));
  return dataset.subset(({ id }) => ids.has(id));
}

for (const count of [3, 9]) {
  test(`${count} images: features and steps both cost time, and no tensors are left`, async () => {
    const dataset = firstImages(sample, count);
    const tensors = tf.memory().numTensors;
    const progress: number[][] = [];
    const cost = await measureCost(config, dataset, {
      onProgress: (done, total) => progress.push([done, total]),
    });
    assert.equal(tf.memory().numTensors, tensors);
    const steps = config.training.epochs * Math.ceil(count / config.training.batchSize);
    const featureSeconds = 60 * cost.minutes - steps * cost.stepSeconds;
    assert.ok(cost.stepSeconds > 0 && featureSeconds > 1e-4, JSON.stringify(cost));
    assert.ok(single.minutes * 60 - config.training.epochs * single.stepSeconds > 1e-4);
    // All images have features of the same size.
    const difference = cost.featureMegabytes - count * single.featureMegabytes;
    assert.ok(Math.abs(difference) < 1e-6, `${difference} MB`);
    assert.deepEqual([cost.trainedWeights > 1e5, cost.epochs], [true, 3]);
    const [last] = progress.slice(-1);
    assert.equal(last[0], last[1]);
  });
}

test("an image that cannot be read, and an aborted signal, leave no tensors", async () => {
  const folder = temporaryFolder();
  const names = firstImages(sample, 3).images.map(({ path }) => path);
  mkdirSync(join(folder, "images"));
  names.forEach((path, i) => copyFileSync(path, join(folder, "images", `${i}_1.jpg`)));
  const dataset = await openDataset(folder, { classNames: sample.classNames });
  const tensors = tf.memory().numTensors;
  const controller = new AbortController();
  const reason = new Error("the user stopped it");
  await assert.rejects(
    measureCost(config, dataset, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    }),
    reason,
  );
  assert.equal(tf.memory().numTensors, tensors);
  rmSync(join(folder, "images", "2_1.jpg"));
  await assert.rejects(measureCost(config, dataset), /2_1\.jpg/);
  assert.equal(tf.memory().numTensors, tensors);
});

test("a data set without images is an error", async () => {
  await assert.rejects(measureCost(config, firstImages(sample, 0)), /there are no images/);
});
