import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes, gatherBoxes, iou } from "../../src/boxes/box";
import { centerReach } from "../../src/boxes/box-centers";
import { nms } from "../../src/boxes/nms";
import { Random } from "../../src/util/random";
import type { Box } from "../../src/types";
import { hardReference, reference } from "../reference/boxes";
import { box, boxes, crowd } from "./arbitrary";

/** The definition, without optimizations. */
function plainNms(list: readonly Box[], scores: readonly number[], threshold: number): number[] {
  const waiting = list.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept: number[] = [];
  while (waiting.length) {
    const best = waiting.shift()!;
    kept.push(best);
    for (let k = waiting.length - 1; k >= 0; k--)
      if (iou(list[best], list[waiting[k]]) > threshold) waiting.splice(k, 1);
  }
  return kept;
}

test("the kept boxes equal the result by hand", () => {
  const crowd = flattenBoxes([
    [0, 0, 10, 10],
    [1, 0, 11, 10], // 9/11 with the first
    [5, 0, 15, 10], // 1/3 with the first, 6/14 with the second
    [50, 50, 60, 60],
  ]);
  const scores = [0.9, 0.8, 0.7, 0.95];
  assert.deepEqual([...nms(crowd, scores, 0.5)], [3, 0, 2]);
  assert.deepEqual([...nms(crowd, scores, 0.3)], [3, 0]);
  assert.deepEqual([...nms(crowd, scores, 0.5, { maxCount: 2 })], [3, 0]);
  assert.deepEqual(
    [...nms(crowd, [1, 1, 1, 1], 0.5)],
    [0, 2, 3],
    "of equal scores, the lower index comes first",
  );
  assert.deepEqual([...nms(flattenBoxes([]), [], 0.5)], []);
});

test("a suppressed box does not suppress others", () => {
  const chain = flattenBoxes([
    [0, 0, 10, 10],
    [4, 0, 14, 10],
    [8, 0, 18, 10],
  ]);
  assert.deepEqual([...nms(chain, [3, 2, 1], 0.4)], [0, 2]);
});

test("the kept boxes equal those of ONNX Runtime, without and with the grid of centers", () => {
  for (const { boxes: rows, scores, cases } of [reference.nms, hardReference.nms]) {
    for (const { threshold, kept } of cases) {
      assert.deepEqual(
        [...nms(Float32Array.from(rows.flat()), scores, threshold)],
        kept,
        `threshold ${threshold}`,
      );
    }
  }
});

test("the result equals the definition, does not depend on the order of the input, and has no overlapping boxes", () => {
  fc.assert(
    fc.property(
      boxes(40),
      fc.constantFrom(0.1, 0.3, 0.5, 0.7),
      fc.integer(),
      (list, threshold, seed) => {
        const random = new Random(seed);
        const ranking = random.shuffle(list.map((_, i) => i));
        const scores = new Array<number>(list.length);
        ranking.forEach((i, rank) => (scores[i] = rank / 8));
        const kept = nms(flattenBoxes(list), scores, threshold);
        assert.deepEqual([...kept], plainNms(list, scores, threshold));
        for (const a of kept)
          for (const b of kept) if (a !== b) assert.ok(iou(list[a], list[b]) <= threshold + 1e-6);

        const order = random.shuffle(list.map((_, i) => i));
        const again = nms(
          gatherBoxes(flattenBoxes(list), order),
          order.map((i) => scores[i]),
          threshold,
        );
        assert.deepEqual(
          Array.from(again, (i) => order[i]),
          [...kept],
        );
      },
    ),
  );
});

test("with thousands of boxes, the grid of centers gives the same result as the definition", () => {
  const random = new Random(7);
  for (const threshold of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    const list = Array.from({ length: 1500 }, (): Box => {
      const [x, y] = [random.uniform(0, 400), random.uniform(0, 400)];
      const [width, height] = [0, 0].map(() => Math.exp(random.uniform(0, 3)));
      return [x, y, x + width, y + height].map(Math.fround) as unknown as Box;
    });
    // Pairs of boxes whose centers have the largest possible distance: one is 1 / t times as long
    // as the other, and both start at the same edge; along each axis, and in both orders.
    for (let i = 0; i < 20; i++) {
      const [side, low] = [30, 10 * i];
      const long = (0.999 * side) / threshold;
      const [shorter, longer] = [
        [low, 900 + 40 * i, low + side, 930 + 40 * i],
        [low, 900 + 40 * i, low + long, 930 + 40 * i],
      ];
      for (const [x1, y1, x2, y2] of [shorter, longer])
        list.push(i % 2 ? [x1, y1, x2, y2] : [y1, x1, y2, x2]);
    }
    // A box far away from all others.
    list.push([9000, 9000, 9030, 9030]);
    const scores = list.map(() => random.uniform());
    assert.deepEqual(
      [...nms(flattenBoxes(list), scores, threshold)],
      plainNms(list, scores, threshold),
    );
  }
});

test("the largest distance of centers is exactly the distance that IoU allows", () => {
  for (const threshold of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    const flush = (factor: number): [Box, Box] => [
      [0, 0, 10, 10],
      [0, 0, (10 * factor) / threshold, 10],
    ];
    const apart = ([a, b]: [Box, Box]) => Math.abs(a[0] + a[2] - b[0] - b[2]) / 2 / 10;
    assert.ok(iou(...flush(1 - 1e-9)) > threshold);
    assert.ok(Math.abs(apart(flush(1)) - centerReach(threshold)) < 1e-12);
  }
  fc.assert(
    fc.property(
      box,
      box,
      fc.constantFrom(0.1, 0.3, 0.5, 0.7),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (a, other, threshold, blend) => {
        // A blend of both boxes overlaps the first one by any amount.
        const b = a.map((edge, side) => edge * blend + other[side] * (1 - blend)) as unknown as Box;
        if (iou(a, b) <= threshold) return;
        for (const axis of [0, 1]) {
          const distance = Math.abs(a[axis] + a[axis + 2] - b[axis] - b[axis + 2]) / 2;
          assert.ok(distance <= centerReach(threshold) * (a[axis + 2] - a[axis]) * (1 + 1e-9));
        }
      },
    ),
  );
});

test("boxes without a size neither suppress others nor are suppressed", () => {
  const points = flattenBoxes([
    [5, 5, 5, 5],
    [5, 5, 5, 5],
    [0, 0, 10, 10],
  ]);
  assert.deepEqual([...nms(points, [3, 2, 1], 0)], [0, 1, 2]);
});

test("a box is dropped exactly when a better kept box overlaps it too much", () => {
  const threshold = fc.constantFrom(0, 0.1, 0.3, 0.5, 0.7, 0.9, 1);
  // With a few scores only, many are equal.
  const scoreLists = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(crowd(40), scoreLists, threshold, fc.nat(10), (list, drawn, limit, count) => {
      const scores = drawn.slice(0, list.length);
      const kept = [...nms(flattenBoxes(list), scores, limit)];
      assert.equal(new Set(kept).size, kept.length);
      const before = (a: number, b: number) =>
        scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
      kept
        .slice(1)
        .forEach((i, place) =>
          assert.ok(before(kept[place], i), "ordered by falling score, then by index"),
        );
      if (list.length)
        assert.equal(scores[kept[0]], Math.max(...scores), "the best box is always kept");
      for (let i = 0; i < list.length; i++) {
        const over = kept.filter((k) => before(k, i) && iou(list[k], list[i]) > limit);
        assert.equal(over.length > 0, !kept.includes(i), `box ${i}`);
      }
      assert.deepEqual(
        [...nms(flattenBoxes(list), scores, limit, { maxCount: count })],
        kept.slice(0, count),
        "a smaller number gives the first boxes",
      );
      const survivors = nms(
        gatherBoxes(flattenBoxes(list), kept),
        kept.map((i) => scores[i]),
        limit,
      );
      assert.equal(survivors.length, kept.length, "a second run drops no box");
      if (limit === 1) assert.equal(kept.length, list.length, "no IoU is above 1");
    }),
  );
});

test("the order of the input matters only among boxes with equal scores", () => {
  fc.assert(
    fc.property(
      crowd(30),
      fc.constantFrom(0.1, 0.3, 0.5, 0.7),
      fc.integer(),
      (list, threshold, seed) => {
        const random = new Random(seed);
        const scores = list.map(() => random.integer(4));
        const kept = [...nms(flattenBoxes(list), scores, threshold)];
        // A random order in which boxes of equal score keep their relative order.
        const places = random.shuffle(list.map((_, i) => i));
        const order = new Array<number>(list.length);
        for (const score of new Set(scores)) {
          const withScore = scores.flatMap((value, i) => (value === score ? [i] : []));
          const at = places
            .filter((i) => scores[i] === score)
            .map((i) => places.indexOf(i))
            .sort((a, b) => a - b);
          withScore.forEach((i, k) => (order[at[k]] = i));
        }
        const again = nms(
          gatherBoxes(flattenBoxes(list), order),
          order.map((i) => scores[i]),
          threshold,
        );
        assert.deepEqual(
          Array.from(again, (i) => order[i]),
          kept,
        );
      },
    ),
  );
});

test("the grid equals the definition for a thousand boxes with equal scores, some of them without a size", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(0.01, 0.3, 0.5, 0.9),
      fc.constantFrom(1, 40, 1e5),
      (seed, threshold, spread) => {
        const random = new Random(seed);
        const list = Array.from({ length: 1000 }, (): Box => {
          const [x, y] = [random.integer(40) * spread, random.integer(40) * spread];
          const side = () => (random.chance(0.1) ? 0 : random.integer(12) * 2 ** random.integer(5));
          return [x, y, x + side(), y + side()];
        });
        const scores = list.map(() => random.integer(20));
        assert.deepEqual(
          [...nms(flattenBoxes(list), scores, threshold)],
          plainNms(list, scores, threshold),
        );
      },
    ),
    { numRuns: 12 },
  );
});
