import assert from "node:assert/strict";
import { test } from "node:test";
import { tf } from "../../src/tensorflow";
import { FeatureStore } from "../../src/training/feature-store";

const features = (value: number) => [tf.fill([1, 4, 4, 2], value), tf.fill([1, 2, 2, 3], -value)] as tf.Tensor4D[];
const BYTES = 4 * (32 + 12);

test("up to the budget in memory, beyond it on disk, and the same from either", () => {
  const tensors = tf.memory().numTensors;
  const store = new FeatureStore(2 * BYTES);
  const stored = [1, 2, 3, 4].map((value) => store.add(features(value)));
  assert.deepEqual(stored.map(({ isOnDisk, bytes }) => [isOnDisk, bytes]), [[false, BYTES], [false, BYTES], [true, BYTES], [true, BYTES]]); // prettier-ignore
  assert.equal(tf.memory().numTensors, tensors + 4, "what went to disk is freed");
  for (const [i, own] of [...stored.entries(), ...stored.entries()]) {
    const loaded = own.load();
    assert.deepEqual(loaded.map(({ shape }) => shape), [[1, 4, 4, 2], [1, 2, 2, 3]]); // prettier-ignore
    assert.deepEqual(loaded.map((tensor) => new Set(tensor.dataSync())), [new Set([i + 1]), new Set([-i - 1])]); // prettier-ignore
    own.release(loaded);
  }
  assert.equal(tf.memory().numTensors, tensors + 4);
  store.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  assert.throws(() => stored[3].load(), /were disposed/);
});
