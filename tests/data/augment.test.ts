import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, presets } from "../../src/config";
import {
  Augmentation,
  augmentBatch,
  mapBox,
  mapTruth,
  randomAugmentation,
  samplesToTensor,
} from "../../src/data/augment";
import { Random } from "../../src/random";
import { tf } from "../../src/tensorflow";
import type { Box, Sample } from "../../src/types";

const SIZE = 160;
const IDENTITY: Augmentation = { map: [1, 0, 0, 0, 1, 0], brightness: 1, gamma: 1 };
const MIRROR: Augmentation = { map: [-1, 0, SIZE, 0, 1, 0], brightness: 1, gamma: 1 };

function sampleOf(pixels: Uint8Array, boxes: readonly Box[] = []): Sample {
  const id = "01_1.png";
  const annotations = boxes.map((box, i) => ({ classId: i, box, line: i + 1 }));
  const record = {
    id,
    path: id,
    labelPath: null,
    split: "train",
    patient: "01",
    width: SIZE,
    height: SIZE,
    annotations,
  };
  const letterbox = { scale: 1, dx: 0, dy: 0, size: SIZE };
  return { record, pixels, letterbox, boxes, classIds: boxes.map((_, i) => i) };
}

/** Black, with the white ellipse inside a box; the part of a pixel that it covers is its grey value. */
function ellipse([x1, y1, x2, y2]: Box): Uint8Array {
  const pixels = new Uint8Array(SIZE * SIZE);
  const FINE = 4;
  for (let i = 0; i < pixels.length; i++) {
    let covered = 0;
    for (let k = 0; k < FINE * FINE; k++) {
      const x = (i % SIZE) + ((k % FINE) + 0.5) / FINE;
      const y = Math.floor(i / SIZE) + (Math.floor(k / FINE) + 0.5) / FINE;
      const [u, v] = [(2 * x - x1 - x2) / (x2 - x1), (2 * y - y1 - y2) / (y2 - y1)];
      if (u * u + v * v < 1) covered++;
    }
    pixels[i] = (255 * covered) / FINE ** 2;
  }
  return pixels;
}

/** Extent of what is brighter than half of white. */
function extentOf(values: ArrayLike<number>, offset: number, channels: number): Box {
  let [x1, y1, x2, y2] = [SIZE, SIZE, 0, 0];
  for (let i = 0; i < SIZE * SIZE; i++) {
    if (values[offset + i * channels] < 127) continue;
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
  }
  return [x1, y1, x2, y2];
}

test("boxes follow the pixels: a painted ellipse lies in its moved box under random maps", () => {
  // Stronger than any preset, without the changes of grey values, which move no edge.
  const config = configure(presets.default, {
    augmentation: { flip: 0.5, scale: 0.3, rotation: 35, shift: 0.08, aspect: 0.2, brightness: 0, gamma: 0 },
  }).augmentation;
  const random = new Random("augment");
  const samples: Sample[] = [];
  const augmentations: Augmentation[] = [];
  for (let i = 0; i < 24; i++) {
    const [x, y] = [random.uniform(60, 75), random.uniform(60, 75)];
    const box: Box = [x, y, x + random.uniform(15, 40), y + random.uniform(15, 40)];
    samples.push(sampleOf(ellipse(box), [box]));
    augmentations.push(randomAugmentation(config, SIZE, random));
  }
  const { images, truths } = augmentBatch(samples, augmentations);
  const values = images.dataSync();
  images.dispose();
  truths.forEach(({ boxes, classIds }, i) => {
    assert.deepEqual([...classIds], [0]);
    const seen = extentOf(values, i * SIZE * SIZE * 3, 3);
    seen.forEach((edge, k) => {
      assert.ok(
        Math.abs(edge - boxes[k]) <= 1.5,
        `${i}: ${seen} for ${Array.from(boxes)} under ${augmentations[i].map}`,
      );
    });
  });
});

test("no change is exact, alone and beside others", () => {
  const random = new Random("noise");
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
  const sample = sampleOf(pixels, [[10.25, 20, 60, 70.5]]);
  for (const augmentations of [[null], [null, MIRROR], [IDENTITY, null]]) {
    const { images, truths } = augmentBatch(augmentations.map(() => sample), augmentations); // prettier-ignore
    const values = images.dataSync();
    images.dispose();
    let worst = 0;
    pixels.forEach((value, i) => (worst = Math.max(worst, Math.abs(values[3 * i] - value))));
    assert.ok(worst < 1e-4, `differs by ${worst}`);
    assert.deepEqual([...truths[0].boxes], [10.25, 20, 60, 70.5]);
  }
});

test("a flip is exact: pixels and boxes", () => {
  const random = new Random("noise");
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
  const { images, truths } = augmentBatch([sampleOf(pixels, [[10, 20, 60, 70]])], [MIRROR]);
  const values = images.dataSync();
  images.dispose();
  for (let i = 0; i < pixels.length; i++) {
    const mirrored = i - (i % SIZE) + (SIZE - 1 - (i % SIZE));
    assert.ok(Math.abs(values[3 * i] - pixels[mirrored]) < 1e-3, `pixel ${i}`);
  }
  assert.deepEqual([...truths[0].boxes], [SIZE - 60, 20, SIZE - 10, 70]);
});

test("by hand: a quarter turn swaps a box's sides", () => {
  // x' = SIZE - y, y' = x
  assert.deepEqual(mapBox([10, 20, 30, 60], [0, -1, SIZE, 1, 0, 0]), [SIZE - 60, 10, SIZE - 20, 30]);
});

test("a box that leaves the image is clipped, and dropped when little is left", () => {
  const sample = sampleOf(new Uint8Array(SIZE * SIZE), [[0, 40, 40, 80], [10, 40, 110, 80]]); // prettier-ignore
  const left = mapTruth(sample, [1, 0, -30, 0, 1, 0], SIZE);
  assert.deepEqual([...left.boxes], [0, 40, 80, 80]);
  assert.deepEqual([...left.classIds], [1]);
  const none = mapTruth(sample, [1, 0, -SIZE, 0, 1, 0], SIZE);
  assert.equal(none.boxes.length + none.classIds.length, 0);
});

test("brightness and gamma change grey values as they say, and black stays black", () => {
  const pixels = new Uint8Array(SIZE * SIZE).fill(51, SIZE);
  const { images } = augmentBatch([sampleOf(pixels)], [{ ...IDENTITY, brightness: 1.5, gamma: 0.5 }]);
  const values = images.dataSync();
  images.dispose();
  assert.equal(values[0], 0);
  assert.ok(Math.abs(values[3 * SIZE * 40] - 1.5 * 255 * Math.sqrt(0.2)) < 1e-2);
  const { images: white } = augmentBatch([sampleOf(new Uint8Array(SIZE * SIZE).fill(230))], [{ ...IDENTITY, brightness: 2 }]); // prettier-ignore
  assert.equal(white.max().dataSync()[0], 255);
  white.dispose();
});

test("drawn within the ranges, around no change, and the same for the same seed", () => {
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
      "the middle moves by the shift",
    );
  }
  const still = configure(presets.default, {
    augmentation: { flip: 0, scale: 0, rotation: 0, shift: 0, aspect: 0, brightness: 0, gamma: 0 },
  }).augmentation;
  assert.deepEqual(randomAugmentation(still, SIZE, new Random(1)).map.map(Math.abs), IDENTITY.map.map(Math.abs));
});

test("three equal channels, and no tensor is left behind", () => {
  const before = tf.memory().numTensors;
  const batch = samplesToTensor([sampleOf(new Uint8Array(SIZE * SIZE).fill(7)), sampleOf(new Uint8Array(SIZE * SIZE))]);
  assert.deepEqual(batch.shape, [2, SIZE, SIZE, 3]);
  assert.deepEqual([...batch.slice([0, 5, 5, 0], [1, 1, 1, 3]).dataSync()], [7, 7, 7]);
  batch.dispose();
  const { images } = augmentBatch([sampleOf(new Uint8Array(SIZE * SIZE))], [MIRROR]);
  images.dispose();
  assert.equal(tf.memory().numTensors, before + 1, "the slice above");
});
