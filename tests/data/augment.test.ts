import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { area } from "../../src/boxes/box";
import { configure, presets } from "../../src/config/index";
import {
  AffineMap,
  Augmentation,
  augmentBatch,
  mapBox,
  mapTarget,
  randomAugmentation,
  samplesToTensor,
} from "../../src/data/augment";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
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

/**
 * Black, with the white ellipse inside a box; the part of a pixel that it covers is its grey
 * value.
 */
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

/** Extent of what is bright: half of white, by default. */
function extentOf(values: ArrayLike<number>, offset: number, channels: number, bright = 127): Box {
  let [x1, y1, x2, y2] = [SIZE, SIZE, 0, 0];
  for (let i = 0; i < SIZE * SIZE; i++) {
    if (values[offset + i * channels] < bright) continue;
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
  }
  return [x1, y1, x2, y2];
}

test("boxes follow the pixels: a painted ellipse lies in its moved box under random maps", () => {
  // Stronger than any preset, without the changes of grey values, which move no edge.
  const config = configure(presets.default, {
    augmentation: {
      flip: 0.5,
      scale: 0.3,
      rotation: 35,
      shift: 0.08,
      aspect: 0.2,
      brightness: 0,
      gamma: 0,
    },
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
  const { images, targets } = augmentBatch(samples, augmentations);
  const values = images.dataSync();
  images.dispose();
  targets.forEach(({ boxes, classIds }, i) => {
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

test("near the border too: bright pixels lie under the returned box; whole ones fill it; it is dropped exactly where under 0.4 of it is left", () => {
  const config = configure(presets.default, {
    augmentation: {
      flip: 0.5,
      scale: 0.4,
      rotation: 45,
      shift: 0.3,
      aspect: 0.3,
      brightness: 0.25,
      gamma: 0.25,
    },
  }).augmentation;
  const random = new Random("border");
  const samples: Sample[] = [];
  const augmentations: Augmentation[] = [];
  for (let i = 0; i < 60; i++) {
    const side = () => random.uniform(8, 60);
    const [width, height] = [side(), side()];
    const [x, y] = [random.uniform(0, SIZE - width), random.uniform(0, SIZE - height)];
    const box: Box = [x, y, x + width, y + height];
    samples.push(sampleOf(ellipse(box), [box]));
    augmentations.push(randomAugmentation(config, SIZE, random));
  }
  const { images, targets } = augmentBatch(samples, augmentations);
  const values = images.dataSync();
  images.dispose();
  const seenAs = { whole: 0, clipped: 0, dropped: 0 };
  targets.forEach(({ boxes }, i) => {
    const moved = mapBox(samples[i].boxes[0], augmentations[i].map);
    const inside = moved.map((edge) => Math.min(Math.max(edge, 0), SIZE)) as unknown as Box;
    const visible = area(inside) / area(moved);
    const isWhole = visible > 1 - 1e-9;
    seenAs[isWhole ? "whole" : boxes.length ? "clipped" : "dropped"]++;
    assert.equal(boxes.length, visible >= 0.4 ? 4 : 0, `${i}: ${visible} of it is visible`);
    if (!boxes.length) return;
    boxes.forEach((edge, k) => assert.ok(Math.abs(edge - inside[k]) < 1e-4));
    // Grey values change too: a quarter of the brightest is bright.
    const seen = extentOf(values, i * SIZE * SIZE * 3, 3, 64);
    seen.forEach((edge, k) => {
      const beyond = k < 2 ? boxes[k] - edge : edge - boxes[k];
      assert.ok(
        beyond <= 1.5,
        `${i}: edge ${k} of what is seen, ${seen}, is outside of ${Array.from(boxes)}`,
      );
      if (isWhole) assert.ok(beyond >= -1.5, `${i}: ${Array.from(boxes)} is looser than ${seen}`);
    });
  });
  assert.ok(
    Object.values(seenAs).every((count) => count >= 8),
    JSON.stringify(seenAs),
  );
});

test("boxes under maps: two mirrors are no change, a turn and a map are the map of both, and no box is looser than around the corners", () => {
  const edge = fc.double({ min: -40, max: 200, noNaN: true });
  const side = fc.double({ min: 0.5, max: 150, noNaN: true });
  const anyBox = fc.tuple(edge, edge, side, side).map(([x, y, w, h]): Box => [x, y, x + w, y + h]);
  const turns: AffineMap[] = [
    [0, -1, SIZE, 1, 0, 0],
    [-1, 0, SIZE, 0, -1, SIZE],
    [0, 1, 0, -1, 0, SIZE],
    MIRROR.map,
  ];
  const after = ([a, b, c, d, e, f]: AffineMap, [p, q, r, s, t, u]: AffineMap): AffineMap => [
    a * p + b * s,
    a * q + b * t,
    a * r + b * u + c,
    d * p + e * s,
    d * q + e * t,
    d * r + e * u + f,
  ];
  const close = (actual: Box, expected: Box) =>
    actual.forEach((value, k) =>
      assert.ok(Math.abs(value - expected[k]) < 1e-6, `${actual} for ${expected}`),
    );
  fc.assert(
    fc.property(anyBox, fc.constantFrom(...turns), fc.integer(), (box, turn, seed) => {
      close(mapBox(mapBox(box, MIRROR.map), MIRROR.map), box);
      const { map } = randomAugmentation(presets.default.augmentation, SIZE, new Random(seed));
      // After turns by quarters an ellipse's axes still lie along the image's, so that nothing is
      // lost on the way.
      close(mapBox(mapBox(box, turn), map), mapBox(box, after(map, turn)));
      const [a, b, , d, e] = map;
      const moved = mapBox(box, map);
      const determinant = Math.abs(a * e - b * d);
      assert.ok(
        area(moved) >= determinant * area(box) * (1 - 1e-9),
        "a box around the moved ellipse holds its area",
      );
      const corners = [0, 1, 2, 3].map((k) =>
        mapBox(
          [box[2 * (k % 2)], box[1 + 2 * (k >> 1)], box[2 * (k % 2)], box[1 + 2 * (k >> 1)]],
          map,
        ),
      );
      for (const axis of [0, 1]) {
        const along = corners.map((corner) => corner[axis]);
        assert.ok(
          moved[axis] >= Math.min(...along) - 1e-9 && moved[axis + 2] <= Math.max(...along) + 1e-9,
          "no looser than around the corners",
        );
      }
    }),
  );
});

test("a flip twice is no change, for pixels to the bit that grey values have", () => {
  const random = new Random("twice");
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
  const box: Box = [10.5, 20, 60, 70.25];
  const { images, targets } = augmentBatch([sampleOf(pixels, [box])], [MIRROR]);
  const flipped = images.dataSync().filter((_, i) => i % 3 === 0);
  images.dispose();
  const once = sampleOf(Uint8Array.from(flipped, Math.round), [
    Array.from(targets[0].boxes) as unknown as Box,
  ]);
  const { images: again, targets: back } = augmentBatch([once], [MIRROR]);
  const values = again.dataSync().filter((_, i) => i % 3 === 0);
  again.dispose();
  assert.deepEqual(Uint8Array.from(values, Math.round), pixels);
  assert.deepEqual([...back[0].boxes], box);
});

test("images without boxes stay without, beside images with some", () => {
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

test("no change is exact, alone and beside others", () => {
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

test("a flip is exact: pixels and boxes", () => {
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

test("by hand: a quarter turn swaps a box's sides", () => {
  // x' = SIZE - y, y' = x
  assert.deepEqual(mapBox([10, 20, 30, 60], [0, -1, SIZE, 1, 0, 0]), [
    SIZE - 60,
    10,
    SIZE - 20,
    30,
  ]);
});

test("a box that leaves the image is clipped, and dropped when little is left", () => {
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

test("brightness and gamma change grey values as they say, and black stays black", () => {
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
  assert.deepEqual(
    randomAugmentation(still, SIZE, new Random(1)).map.map(Math.abs),
    IDENTITY.map.map(Math.abs),
  );
});

test("three equal channels, and no tensor is left behind", () => {
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
  assert.equal(tf.memory().numTensors, before + 1, "the slice above");
});
