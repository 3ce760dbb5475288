/**
 * Trains on more images than fit into the memory budget: the memory does not grow with the number
 * of images. `npm run load` does the same with 20,000 images.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { drawManyImages } from "../../bench/many-images";
import { configure } from "../../src/config/index";
import { Dataset, openDataset } from "../../src/data/dataset";
import { FasterRCNN } from "../../src/detectors/faster-rcnn/faster-rcnn";
import { tf } from "../../src/tensor/tensorflow";
import { FeatureCache } from "../../src/training/feature-cache";
import { FeatureStore } from "../../src/training/feature-store";
import { Trainer } from "../../src/training/trainer";
import { temporaryFolder } from "../data/files";
import { collectGarbage } from "../garbage";
import { meanBackbone, smallConfig } from "../detectors/small-detector";

const IMAGES = 400;
const FEW = 100;
const SIZE = 128;
const BUDGET_MIB = 1;
/** Generous, because tensors are counted exactly, and the test of the store checks the pixels. */
const RESIDENT_MARGIN = 60 * 2 ** 20;

const config = configure(smallConfig, {
  data: { imageSize: SIZE, cropToHead: null },
  augmentation: { copies: 1 },
  training: { epochs: 1, batchSize: 8 },
});

const folder = join(temporaryFolder(), "many");
let dataset: Dataset;

before(async () => {
  process.env.FRCNN_FEATURE_MIB = String(BUDGET_MIB);
  await drawManyImages(folder, IMAGES);
  dataset = (await openDataset(folder)).requireValid();
});

after(() => delete process.env.FRCNN_FEATURE_MIB);

function detector(): FasterRCNN {
  return new FasterRCNN(config, dataset.classNames, meanBackbone());
}

/** The memory of the process after a garbage collection. */
async function memory() {
  await collectGarbage();
  return {
    tensors: tf.memory().numTensors,
    bytes: tf.memory().numBytes,
    resident: process.memoryUsage().rss,
  };
}

/** Trains an epoch on some images. Returns the memory at its end, and the title of its progress. */
async function trainOn(count: number) {
  const ids = new Set(dataset.images.slice(-count).map(({ id }) => id));
  const part = dataset.subset(({ id }) => ids.has(id));
  const trainer = new Trainer({ detector: detector(), train: part });
  let title = "";
  for await (const event of trainer.fit()) if (event.kind === "preparing") title = event.what;
  const atEnd = await memory();
  trainer.dispose();
  trainer.detector.dispose();
  return { title, ...atEnd };
}

test("a data set of one class trains, and memory beyond the budget does not grow with its size", async () => {
  assert.deepEqual([dataset.images.length, dataset.classNames.length], [IMAGES, 1]);
  await trainOn(FEW);
  const before = await memory();
  const few = await trainOn(FEW);
  const all = await trainOn(IMAGES);
  const afterwards = await memory();
  assert.match(all.title, /^features of training images, \d+ MB of them in a file in \//);
  assert.deepEqual([all.tensors, all.bytes], [few.tensors, few.bytes]);
  assert.ok(few.bytes > before.bytes, "some features are in memory");
  assert.ok(
    few.bytes - before.bytes < (BUDGET_MIB + 2) * 2 ** 20,
    `${few.bytes - before.bytes} bytes`,
  );
  assert.deepEqual([afterwards.tensors, afterwards.bytes], [before.tensors, before.bytes]);
  assert.ok(
    all.resident - few.resident < RESIDENT_MARGIN,
    `${(all.resident - few.resident) / 2 ** 20} MiB more`,
  );
});

test("a disk that is too small is an error before features are stored; it says what to do", async () => {
  const small = detector();
  const tensors = tf.memory().numTensors;
  const cache = FeatureCache.open(small, dataset, new FeatureStore(2 ** 20, () => 5e6));
  const events: unknown[] = [];
  await assert.rejects(async () => {
    for await (const event of cache.fill(5, "features")) events.push(event);
  }, /^Error: the features of 2400 images, augmented copies included, need \d+ MB, of which \d+ MB do not fit into memory \(FRCNN_FEATURE_MIB is 1\), and the disk of \/.* has 5 MB left: name a folder on a larger disk in TMPDIR, or set augmentation\.copies lower$/);
  assert.deepEqual([events, cache.bytes, tf.memory().numTensors], [[], 0, tensors]);
  cache.dispose();
  small.dispose();
});

test("filling can be stopped, goes on from there, and gives the same features", async () => {
  const small = detector();
  const ids = new Set(dataset.images.slice(0, 40).map(({ id }) => id));
  const part = dataset.subset(({ id }) => ids.has(id));
  const [straight, stopped] = [0, 1].map(() => FeatureCache.open(small, part, new FeatureStore(0)));
  for await (const _ of straight.fill(1, "")) void _;
  for (const stop of [16, 56])
    for await (const { done } of stopped.fill(1, "")) if (done >= stop) break;
  for await (const _ of stopped.fill(1, "")) void _;
  assert.equal(stopped.bytes, straight.bytes);
  const valuesOf = (cache: FeatureCache) => {
    const { features, images } = cache.unchanged([0, 15, 16, 39]);
    const values = features.map((level) => Array.from(level.dataSync()));
    tf.dispose(features);
    return { values, pixels: images.map(({ sample }) => Array.from(sample.pixels)) };
  };
  assert.deepEqual(valuesOf(stopped), valuesOf(straight));
  for (const cache of [straight, stopped]) cache.dispose();
  small.dispose();
});
