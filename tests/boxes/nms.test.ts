import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes, gatherBoxes, iou } from "../../src/boxes/box";
import { centerReach } from "../../src/boxes/box-centers";
import { meanBox } from "../../src/boxes/mean-box";
import { nms } from "../../src/boxes/nms";
import { Random } from "../../src/util/random";
import type { Box } from "../../src/types";
import { hardReference, reference } from "../reference/boxes";
import { box, boxes, crowd } from "./arbitrary";

/** The definition, without any shortcut. */
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

test("by hand", () => {
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
    "equal scores: the lower index first",
  );
  assert.deepEqual([...nms(flattenBoxes([]), [], 0.5)], []);
});

test("a box that was suppressed suppresses none", () => {
  const chain = flattenBoxes([
    [0, 0, 10, 10],
    [4, 0, 14, 10],
    [8, 0, 18, 10],
  ]);
  assert.deepEqual([...nms(chain, [3, 2, 1], 0.4)], [0, 2]);
});

test("it equals ONNX Runtime's on a crowd, and on one so large that the grid of centers is used", () => {
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

test("it follows the definition, blind to input order, and what it keeps does not overlap", () => {
  fc.assert(
    fc.property(
      boxes(40),
      fc.constantFrom(0.1, 0.3, 0.5, 0.7),
      fc.integer(),
      (list, threshold, seed) => {
        const random = new Random(seed);
        const order = random.shuffle(list.map((_, i) => i));
        const scores = new Array<number>(list.length);
        order.forEach((i, rank) => (scores[i] = rank / 8));
        const kept = nms(flattenBoxes(list), scores, threshold);
        assert.deepEqual([...kept], plainNms(list, scores, threshold));
        for (const a of kept)
          for (const b of kept) if (a !== b) assert.ok(iou(list[a], list[b]) <= threshold + 1e-6);

        const turned = random.shuffle(list.map((_, i) => i));
        const again = nms(
          gatherBoxes(flattenBoxes(list), turned),
          turned.map((i) => scores[i]),
          threshold,
        );
        assert.deepEqual(
          Array.from(again, (i) => turned[i]),
          [...kept],
        );
      },
    ),
  );
});

test("of thousands only near ones are compared, and the result is the definition's", () => {
  const random = new Random(7);
  for (const threshold of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    const list = Array.from({ length: 1500 }, (): Box => {
      const [x, y] = [random.uniform(0, 400), random.uniform(0, 400)];
      const [width, height] = [0, 0].map(() => Math.exp(random.uniform(0, 3)));
      return [x, y, x + width, y + height].map(Math.fround) as unknown as Box;
    });
    // The furthest that centers can be apart: flush in a box 1 / t times as long, along each axis,
    // and in both orders.
    for (let i = 0; i < 20; i++) {
      const [side, low] = [30, 10 * i];
      const long = (0.999 * side) / threshold;
      const [short, wide] = [
        [low, 900 + 40 * i, low + side, 930 + 40 * i],
        [low, 900 + 40 * i, low + long, 930 + 40 * i],
      ];
      for (const [x1, y1, x2, y2] of [short, wide])
        list.push(i % 2 ? [x1, y1, x2, y2] : [y1, x1, y2, x2]);
    }
    // And one far from all others.
    list.push([9000, 9000, 9030, 9030]);
    const scores = list.map(() => random.uniform());
    assert.deepEqual(
      [...nms(flattenBoxes(list), scores, threshold)],
      plainNms(list, scores, threshold),
    );
  }
});

test("the reach of centers is as far as IoU allows, and no further", () => {
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
        // Blended with the first, the second overlaps it as much or as little as one likes.
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

test("boxes of no size neither suppress nor are suppressed", () => {
  const points = flattenBoxes([
    [5, 5, 5, 5],
    [5, 5, 5, 5],
    [0, 0, 10, 10],
  ]);
  assert.deepEqual([...nms(points, [3, 2, 1], 0)], [0, 1, 2]);
});

test("the mean box of two tumors lies between them, on neither: why the mean is a poor answer", () => {
  const left = [20, 100, 60, 140] as const;
  const right = [160, 100, 200, 140] as const;
  const mean = meanBox(flattenBoxes([left, right]));
  assert.deepEqual(mean, [90, 100, 130, 140]);
  assert.equal(iou(mean, left), 0);
  assert.equal(iou(mean, right), 0);
  assert.throws(() => meanBox(flattenBoxes([])), /no box/);
});

test("what is kept: the best box, no two that overlap too much; what is not: overlapped too much by a better one", () => {
  const threshold = fc.constantFrom(0, 0.1, 0.3, 0.5, 0.7, 0.9, 1);
  // Of a few scores, so that many are equal.
  const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(crowd(40), scores, threshold, fc.nat(10), (list, all, limit, count) => {
      const own = all.slice(0, list.length);
      const kept = [...nms(flattenBoxes(list), own, limit)];
      assert.equal(new Set(kept).size, kept.length);
      const before = (a: number, b: number) => own[a] > own[b] || (own[a] === own[b] && a < b);
      kept
        .slice(1)
        .forEach((i, place) =>
          assert.ok(before(kept[place], i), "by falling score, then by index"),
        );
      if (list.length) assert.equal(own[kept[0]], Math.max(...own), "the best box is always kept");
      for (let i = 0; i < list.length; i++) {
        const over = kept.filter((k) => before(k, i) && iou(list[k], list[i]) > limit);
        assert.equal(over.length > 0, !kept.includes(i), `box ${i}`);
      }
      assert.deepEqual(
        [...nms(flattenBoxes(list), own, limit, { maxCount: count })],
        kept.slice(0, count),
        "fewer are the first ones",
      );
      const survivors = nms(
        gatherBoxes(flattenBoxes(list), kept),
        kept.map((i) => own[i]),
        limit,
      );
      assert.equal(survivors.length, kept.length, "done again it changes nothing");
      if (limit === 1) assert.equal(kept.length, list.length, "nothing overlaps by more than all");
    }),
  );
});

test("of equal scores the order within the input decides, and nothing else of the order does", () => {
  fc.assert(
    fc.property(
      crowd(30),
      fc.constantFrom(0.1, 0.3, 0.5, 0.7),
      fc.integer(),
      (list, threshold, seed) => {
        const random = new Random(seed);
        const scores = list.map(() => random.integer(4));
        const kept = [...nms(flattenBoxes(list), scores, threshold)];
        // A shuffle in which boxes of equal score keep their order among themselves.
        const places = random.shuffle(list.map((_, i) => i));
        const turned = new Array<number>(list.length);
        for (const score of new Set(scores)) {
          const own = scores.flatMap((value, i) => (value === score ? [i] : []));
          const at = places
            .filter((i) => scores[i] === score)
            .map((i) => places.indexOf(i))
            .sort((a, b) => a - b);
          own.forEach((i, k) => (turned[at[k]] = i));
        }
        const again = nms(
          gatherBoxes(flattenBoxes(list), turned),
          turned.map((i) => scores[i]),
          threshold,
        );
        assert.deepEqual(
          Array.from(again, (i) => turned[i]),
          kept,
        );
      },
    ),
  );
});

test("a thousand crowded boxes with equal scores, points and boxes of no size among them: the grid follows the definition", () => {
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
