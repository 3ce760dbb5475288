/** Boxes after random augmentations, compared with the pixels. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { area } from "../../src/boxes/box";
import { configure, presets } from "../../src/config/index";
import {
  type AffineMap,
  type Augmentation,
  augmentBatch,
  mapBox,
  randomAugmentation,
} from "../../src/data/augment";
import { Random } from "../../src/util/random";
import type { NetworkBox, Sample } from "../../src/types";
import { ellipse, extentOf, MIRROR, sampleOf, SIZE } from "./augment-cases";

test("a painted ellipse is in its mapped box, for random maps", () => {
  // Stronger than in any preset, and without changes of grey values.
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
    const box: NetworkBox = [x, y, x + random.uniform(15, 40), y + random.uniform(15, 40)];
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

test("near the border, a box contains its bright pixels, fits tightly if it is not clipped, and is dropped if less than 0.4 of it remains", () => {
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
    const box: NetworkBox = [x, y, x + width, y + height];
    samples.push(sampleOf(ellipse(box), [box]));
    augmentations.push(randomAugmentation(config, SIZE, random));
  }
  const { images, targets } = augmentBatch(samples, augmentations);
  const values = images.dataSync();
  images.dispose();
  const counts = { complete: 0, clipped: 0, dropped: 0 };
  targets.forEach(({ boxes }, i) => {
    const mapped = mapBox(samples[i].boxes[0], augmentations[i].map);
    const inside = mapped.map((edge) => Math.min(Math.max(edge, 0), SIZE)) as unknown as NetworkBox;
    const visible = area(inside) / area(mapped);
    const isComplete = visible > 1 - 1e-9;
    counts[isComplete ? "complete" : boxes.length ? "clipped" : "dropped"]++;
    assert.equal(boxes.length, visible >= 0.4 ? 4 : 0, `${i}: ${visible} of it remains`);
    if (!boxes.length) return;
    boxes.forEach((edge, k) => assert.ok(Math.abs(edge - inside[k]) < 1e-4));
    // Grey values change too, so a quarter of white counts as bright.
    const seen = extentOf(values, i * SIZE * SIZE * 3, 3, 64);
    seen.forEach((edge, k) => {
      const beyond = k < 2 ? boxes[k] - edge : edge - boxes[k];
      assert.ok(
        beyond <= 1.5,
        `${i}: edge ${k} of the bright pixels, ${seen}, is outside ${Array.from(boxes)}`,
      );
      if (isComplete)
        assert.ok(beyond >= -1.5, `${i}: ${Array.from(boxes)} is larger than ${seen}`);
    });
  });
  assert.ok(
    Object.values(counts).every((count) => count >= 8),
    JSON.stringify(counts),
  );
});

test("mapped boxes: two flips are no change, two maps are their composition, and no box is larger than around the mapped corners", () => {
  const edge = fc.double({ min: -40, max: 200, noNaN: true });
  const side = fc.double({ min: 0.5, max: 150, noNaN: true });
  const anyBox = fc
    .tuple(edge, edge, side, side)
    .map(([x, y, w, h]): NetworkBox => [x, y, x + w, y + h]);
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
  const close = (actual: NetworkBox, expected: NetworkBox) =>
    actual.forEach((value, k) =>
      assert.ok(Math.abs(value - expected[k]) < 1e-6, `${actual} for ${expected}`),
    );
  fc.assert(
    fc.property(anyBox, fc.constantFrom(...turns), fc.integer(), (box, turn, seed) => {
      close(mapBox(mapBox(box, MIRROR.map), MIRROR.map), box);
      const { map } = randomAugmentation(presets.default.augmentation, SIZE, new Random(seed));
      // After a quarter turn, the axes of an ellipse are still parallel to those of the image, so
      // the box between the two maps is exact.
      close(mapBox(mapBox(box, turn), map), mapBox(box, after(map, turn)));
      const [a, b, , d, e] = map;
      const mapped = mapBox(box, map);
      const determinant = Math.abs(a * e - b * d);
      assert.ok(
        area(mapped) >= determinant * area(box) * (1 - 1e-9),
        "a box around the mapped ellipse contains its area",
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
          mapped[axis] >= Math.min(...along) - 1e-9 &&
            mapped[axis + 2] <= Math.max(...along) + 1e-9,
          "no larger than around the corners",
        );
      }
    }),
  );
});
