import assert from "node:assert/strict";
import { test } from "node:test";
import { tf } from "../../src/tensor/tensorflow";
import { FeatureStore } from "../../src/training/feature-store";
import { collectGarbage } from "../garbage";

const features = (value: number) =>
  [tf.fill([1, 4, 4, 2], value), tf.fill([1, 2, 2, 3], -value)] as tf.Tensor4D[];
const BYTES = 4 * (32 + 12);

test("up to the budget in memory, beyond it on disk, and the same from either", () => {
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
  assert.equal(tf.memory().numTensors, tensors + 4, "what went to disk is freed");
  for (const [i, own] of [...stored.entries(), ...stored.entries()]) {
    const loaded = own.load();
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
    own.release(loaded);
  }
  assert.equal(tf.memory().numTensors, tensors + 4);
  store.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  assert.throws(() => stored[3].load(), /were disposed/);
});

test("pixels share the budget with features, and all stores share it with each other", () => {
  const [store, other] = [new FeatureStore(BYTES + 5), new FeatureStore(BYTES + 5)];
  assert.equal(store.add(features(1)).isOnDisk, false);
  const pixels = [
    [1, 2, 3, 4, 5],
    [6, 7],
    [8, 9, 10],
  ].map((values) => Uint8Array.from(values));
  const stored = pixels.map((own) => other.addPixels(own));
  assert.deepEqual(
    stored.map((own) => own.load()),
    pixels,
  );
  assert.deepEqual(
    stored.map((own, i) => own.load() === pixels[i]),
    [true, false, false],
  );
  assert.equal(other.add(features(2)).isOnDisk, true);
  for (const own of [store, other]) own.dispose();
  assert.equal(other.add(features(3)).isOnDisk, false, "what was disposed is free again");
  assert.throws(() => stored[1].load(), /were disposed/);
  other.dispose();
});

test("what lies on disk is held nowhere else", async () => {
  const store = new FeatureStore(0);
  const add = () => {
    const pixels = new Uint8Array(1000).fill(7);
    const values = features(1);
    return {
      stored: [store.addPixels(pixels), store.add(values)],
      held: [pixels, ...values].map((own) => new WeakRef(own)),
    };
  };
  const { stored, held } = add();
  await collectGarbage();
  assert.deepEqual(
    held.map((own) => own.deref()),
    [undefined, undefined, undefined],
  );
  for (const own of stored) own.load();
  store.dispose();
});

test("space is asked for only as far as memory does not reach", () => {
  const asked: string[] = [];
  const store = new FeatureStore(100, (folder) => asked.push(folder) && 50);
  assert.equal(store.requireSpace(100, "they").bytes, 0);
  assert.deepEqual(asked, []);
  assert.equal(store.requireSpace(150, "they").bytes, 50);
  assert.equal(asked.length, 1);
  assert.throws(
    () => store.requireSpace(151, "they"),
    /^Error: they need 0 MB, of which .* do not fit into memory/,
  );
});
