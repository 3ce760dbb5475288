import assert from "node:assert/strict";
import { test } from "node:test";
import { tf } from "../../src/tensor/tensorflow";
import { FeatureStore } from "../../src/training/feature-store";
import { collectGarbage } from "../garbage";

const features = (value: number) =>
  [tf.fill([1, 4, 4, 2], value), tf.fill([1, 2, 2, 3], -value)] as tf.Tensor4D[];
const BYTES = 4 * (32 + 12);

test("features are in memory up to the budget and beyond it on disk, with equal values", () => {
  const tensors = tf.memory().numTensors;
  const store = new FeatureStore(2 * BYTES);
  const stored = [1, 2, 3, 4].map((value) => store.add(features(value)));
  assert.deepEqual(
    stored.map(({ isOnDisk, bytes }) => [isOnDisk, bytes]),
    [
      [false, BYTES],
      [false, BYTES],
      [true, BYTES],
      [true, BYTES],
    ],
  );
  assert.equal(tf.memory().numTensors, tensors + 4, "the tensors of features on disk are freed");
  for (const [i, features] of [...stored.entries(), ...stored.entries()]) {
    const loaded = features.load();
    assert.deepEqual(
      loaded.map(({ shape }) => shape),
      [
        [1, 4, 4, 2],
        [1, 2, 2, 3],
      ],
    );
    assert.deepEqual(
      loaded.map((tensor) => new Set(tensor.dataSync())),
      [new Set([i + 1]), new Set([-i - 1])],
    );
    features.release(loaded);
  }
  assert.equal(tf.memory().numTensors, tensors + 4);
  store.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  assert.throws(() => stored[3].load(), /were disposed/);
});

test("features and pixels of all stores share the budget", () => {
  const [store, other] = [new FeatureStore(BYTES + 5), new FeatureStore(BYTES + 5)];
  assert.equal(store.add(features(1)).isOnDisk, false);
  const pixels = [
    [1, 2, 3, 4, 5],
    [6, 7],
    [8, 9, 10],
  ].map((values) => Uint8Array.from(values));
  const stored = pixels.map((values) => other.addPixels(values));
  assert.deepEqual(
    stored.map((values) => values.load()),
    pixels,
  );
  assert.deepEqual(
    stored.map((values, i) => values.load() === pixels[i]),
    [true, false, false],
  );
  assert.equal(other.add(features(2)).isOnDisk, true);
  for (const each of [store, other]) each.dispose();
  assert.equal(other.add(features(3)).isOnDisk, false, "dispose frees the budget");
  assert.throws(() => stored[1].load(), /were disposed/);
  other.dispose();
});

test("features and pixels on disk are not held in memory", async () => {
  const store = new FeatureStore(0);
  const add = () => {
    const pixels = new Uint8Array(1000).fill(7);
    const values = features(1);
    return {
      stored: [store.addPixels(pixels), store.add(values)],
      references: [pixels, ...values].map((value) => new WeakRef(value)),
    };
  };
  const { stored, references } = add();
  await collectGarbage();
  assert.deepEqual(
    references.map((reference) => reference.deref()),
    [undefined, undefined, undefined],
  );
  for (const each of stored) each.load();
  store.dispose();
});

test("only the bytes that do not fit into memory need space on disk", () => {
  const folders: string[] = [];
  const store = new FeatureStore(100, (folder) => folders.push(folder) && 50);
  assert.equal(store.requireSpace(100, "they").bytes, 0);
  assert.deepEqual(folders, []);
  assert.equal(store.requireSpace(150, "they").bytes, 50);
  assert.equal(folders.length, 1);
  assert.throws(
    () => store.requireSpace(151, "they"),
    /^Error: they need 0 MB, of which .* do not fit into memory/,
  );
});
