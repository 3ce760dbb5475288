import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, presets } from "../../src/config/index";
import {
  augmentBatch,
  mapBox,
  mapTarget,
  randomAugmentation,
  samplesToTensor,
} from "../../src/data/augment";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import type { NetworkBox } from "../../src/types";
import { IDENTITY, MIRROR, sampleOf, SIZE } from "./augment-cases";

test("two flips change no pixel and no box", () => {
  const random = new Random("twice");
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
  const box: NetworkBox = [10.5, 20, 60, 70.25];
  const { images, targets } = augmentBatch([sampleOf(pixels, [box])], [MIRROR]);
  const flipped = images.dataSync().filter((_, i) => i % 3 === 0);
  images.dispose();
  const once = sampleOf(Uint8Array.from(flipped, Math.round), [
    Array.from(targets[0].boxes) as unknown as NetworkBox,
  ]);
  const { images: again, targets: back } = augmentBatch([once], [MIRROR]);
  const values = again.dataSync().filter((_, i) => i % 3 === 0);
  again.dispose();
  assert.deepEqual(Uint8Array.from(values, Math.round), pixels);
  assert.deepEqual([...back[0].boxes], box);
});

test("images without boxes get none, beside images with boxes", () => {
  const black = new Uint8Array(SIZE * SIZE);
  const samples = [sampleOf(black), sampleOf(black, [[40, 40, 90, 90]]), sampleOf(black)];
  for (const augmentation of [
    null,
    MIRROR,
    randomAugmentation(presets.default.augmentation, SIZE, new Random(1)),
  ]) {
    const { images, targets } = augmentBatch(samples, [augmentation, augmentation, augmentation]);
    images.dispose();
    assert.deepEqual(
      targets.map(({ boxes, classIds }) => [boxes.length, classIds.length]),
      [
        [0, 0],
        [4, 1],
        [0, 0],
      ],
    );
  }
});

test("an image without augmentation is unchanged, alone and beside others", () => {
  const random = new Random("noise");
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
  const sample = sampleOf(pixels, [[10.25, 20, 60, 70.5]]);
  for (const augmentations of [[null], [null, MIRROR], [IDENTITY, null]]) {
    const { images, targets } = augmentBatch(
      augmentations.map(() => sample),
      augmentations,
    );
    const values = images.dataSync();
    images.dispose();
    let worst = 0;
    pixels.forEach((value, i) => (worst = Math.max(worst, Math.abs(values[3 * i] - value))));
    assert.ok(worst < 1e-4, `differs by ${worst}`);
    assert.deepEqual([...targets[0].boxes], [10.25, 20, 60, 70.5]);
  }
});

test("a flip moves pixels and boxes exactly", () => {
  const random = new Random("noise");
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
  const { images, targets } = augmentBatch([sampleOf(pixels, [[10, 20, 60, 70]])], [MIRROR]);
  const values = images.dataSync();
  images.dispose();
  for (let i = 0; i < pixels.length; i++) {
    const mirrored = i - (i % SIZE) + (SIZE - 1 - (i % SIZE));
    assert.ok(Math.abs(values[3 * i] - pixels[mirrored]) < 1e-3, `pixel ${i}`);
  }
  assert.deepEqual([...targets[0].boxes], [SIZE - 60, 20, SIZE - 10, 70]);
});

test("a quarter turn swaps the sides of a box (calculated by hand)", () => {
  // x' = SIZE - y, y' = x
  assert.deepEqual(mapBox([10, 20, 30, 60], [0, -1, SIZE, 1, 0, 0]), [
    SIZE - 60,
    10,
    SIZE - 20,
    30,
  ]);
});

test("a box that leaves the image is clipped, and dropped if little of it remains", () => {
  const sample = sampleOf(new Uint8Array(SIZE * SIZE), [
    [0, 40, 40, 80],
    [10, 40, 110, 80],
  ]);
  const left = mapTarget(sample, [1, 0, -30, 0, 1, 0], SIZE);
  assert.deepEqual([...left.boxes], [0, 40, 80, 80]);
  assert.deepEqual([...left.classIds], [1]);
  const none = mapTarget(sample, [1, 0, -SIZE, 0, 1, 0], SIZE);
  assert.equal(none.boxes.length + none.classIds.length, 0);
});

test("brightness multiplies grey values, gamma is their power, and black stays black", () => {
  const pixels = new Uint8Array(SIZE * SIZE).fill(51, SIZE);
  const { images } = augmentBatch(
    [sampleOf(pixels)],
    [{ ...IDENTITY, brightness: 1.5, gamma: 0.5 }],
  );
  const values = images.dataSync();
  images.dispose();
  assert.equal(values[0], 0);
  assert.ok(Math.abs(values[3 * SIZE * 40] - 1.5 * 255 * Math.sqrt(0.2)) < 1e-2);
  const { images: white } = augmentBatch(
    [sampleOf(new Uint8Array(SIZE * SIZE).fill(230))],
    [{ ...IDENTITY, brightness: 2 }],
  );
  assert.equal(white.max().dataSync()[0], 255);
  white.dispose();
});

test("augmentations are drawn within the ranges, and are the same for the same seed", () => {
  const { augmentation } = presets.default;
  const draw = (seed: string) => {
    const random = new Random(seed);
    return Array.from({ length: 300 }, () => randomAugmentation(augmentation, SIZE, random));
  };
  const drawn = draw("a");
  assert.deepEqual(drawn, draw("a"));
  assert.notDeepEqual(drawn, draw("b"));
  const mirrored = drawn.filter(({ map: [a, b, , d, e] }) => a * e - b * d < 0).length;
  assert.ok(mirrored > 100 && mirrored < 200, `${mirrored} of 300 mirrored`);
  for (const { map, brightness, gamma } of drawn) {
    const zoom = Math.sqrt(Math.abs(map[0] * map[4] - map[1] * map[3]));
    assert.ok(Math.abs(Math.log(zoom)) <= augmentation.scale + 1e-9);
    assert.ok(Math.abs(Math.log(brightness)) <= augmentation.brightness + 1e-9);
    assert.ok(Math.abs(Math.log(gamma)) <= augmentation.gamma + 1e-9);
    const [x, y] = mapBox([80, 80, 80, 80], map);
    assert.ok(
      Math.max(Math.abs(x - 80), Math.abs(y - 80)) <= augmentation.shift * SIZE + 1e-6,
      "the center moves by at most the shift",
    );
  }
  const unchanged = configure(presets.default, {
    augmentation: { flip: 0, scale: 0, rotation: 0, shift: 0, aspect: 0, brightness: 0, gamma: 0 },
  }).augmentation;
  assert.deepEqual(
    randomAugmentation(unchanged, SIZE, new Random(1)).map.map(Math.abs),
    IDENTITY.map.map(Math.abs),
  );
});

test("a batch has three equal channels, and no other tensor remains", () => {
  const before = tf.memory().numTensors;
  const batch = samplesToTensor([
    sampleOf(new Uint8Array(SIZE * SIZE).fill(7)),
    sampleOf(new Uint8Array(SIZE * SIZE)),
  ]);
  assert.deepEqual(batch.shape, [2, SIZE, SIZE, 3]);
  assert.deepEqual([...batch.slice([0, 5, 5, 0], [1, 1, 1, 3]).dataSync()], [7, 7, 7]);
  batch.dispose();
  const { images } = augmentBatch([sampleOf(new Uint8Array(SIZE * SIZE))], [MIRROR]);
  images.dispose();
  assert.equal(tf.memory().numTensors, before + 1, "the slice that this test made");
});
