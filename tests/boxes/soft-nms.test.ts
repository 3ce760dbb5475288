import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes, iou } from "../../src/boxes/box";
import { nms } from "../../src/boxes/nms";
import { softNms } from "../../src/boxes/soft-nms";
import { Random } from "../../src/util/random";
import { boxes, crowd } from "./arbitrary";

const CROWD = flattenBoxes([
  [0, 0, 10, 10],
  [1, 0, 11, 10], // 9/11 with the first
  [5, 0, 15, 10], // 1/3 with the first, 6/14 with the second
  [50, 50, 60, 60],
]);

test("scores of overlapping boxes by hand, ordered by the lowered scores", () => {
  const { indices, scores } = softNms(CROWD, [0.9, 0.8, 0.7, 0.3], { sigma: 0.5, minScore: 0 });
  const third = 0.7 * Math.exp(-((1 / 3) ** 2) / 0.5);
  const second = 0.8 * Math.exp(-((9 / 11) ** 2) / 0.5) * Math.exp(-((6 / 14) ** 2) / 0.5);
  assert.deepEqual([...indices], [0, 2, 3, 1]);
  [0.9, third, 0.3, second].forEach((score, i) =>
    assert.ok(Math.abs(scores[i] - score) < 1e-6, `${i}: ${scores[i]}`),
  );
});

test("boxes below the lowest score are dropped, and the number of boxes is limited", () => {
  assert.deepEqual(
    [...softNms(CROWD, [0.9, 0.8, 0.7, 0.3], { sigma: 0.5, minScore: 0.25 }).indices],
    [0, 2, 3],
  );
  assert.deepEqual(
    [...softNms(CROWD, [0.9, 0.8, 0.7, 0.3], { sigma: 0.5, minScore: 0, maxCount: 2 }).indices],
    [0, 2],
  );
  assert.deepEqual([...softNms(flattenBoxes([]), [], { sigma: 0.5, minScore: 0 }).indices], []);
});

test("a very narrow Gaussian drops every overlapping box, and a very wide one changes no score", () => {
  fc.assert(
    fc.property(
      boxes(12),
      fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 12, maxLength: 12 }),
      (list, all) => {
        const flat = flattenBoxes(list);
        const scores = Float32Array.from(all.slice(0, list.length), (score) => score / 1000);
        const wide = softNms(flat, scores, { sigma: 1e12, minScore: 0 });
        assert.deepEqual([...wide.indices], [...nms(flat, scores, 1)]);
        assert.deepEqual(
          [...wide.scores],
          [...wide.indices].map((i) => scores[i]),
        );
        const kept = [...softNms(flat, scores, { sigma: 1e-9, minScore: 1e-6 }).indices];
        kept.forEach((i, place) =>
          kept.slice(place + 1).forEach((j) => assert.ok(iou(list[i], list[j]) < 2e-4)),
        );
        if (list.length) assert.equal(kept[0], nms(flat, scores, 1)[0]);
      },
    ),
  );
});

test("every box appears once, by falling score; no score rises, and the order of the input does not matter", () => {
  const ranks = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(
      fc.oneof(boxes(15), crowd(15)),
      ranks,
      fc.constantFrom(0.1, 0.5, 2),
      fc.integer(),
      (list, all, sigma, seed) => {
        const scores = all.slice(0, list.length).map((rank) => rank / 1000);
        const result = softNms(flattenBoxes(list), scores, { sigma, minScore: 0 });
        assert.deepEqual(
          [...result.indices].sort((a, b) => a - b),
          list.map((_, i) => i),
        );
        if (list.length) assert.equal(scores[result.indices[0]], Math.max(...scores));
        result.indices.forEach((i, place) => {
          assert.ok(result.scores[place] <= Math.fround(scores[i]));
          if (place) assert.ok(result.scores[place] <= result.scores[place - 1]);
          const overlapped = Array.from(result.indices.subarray(0, place)).some(
            (k) => iou(list[k], list[i]) > 0,
          );
          if (!overlapped)
            assert.equal(
              result.scores[place],
              Math.fround(scores[i]),
              "a box that overlaps no better box keeps its score",
            );
        });
        // A higher lowest score, or a smaller number of boxes, only removes the end of the list.
        const strict = softNms(flattenBoxes(list), scores, { sigma, minScore: 0.3 });
        assert.deepEqual([...strict.indices], [...result.indices].slice(0, strict.indices.length));
        assert.ok(result.scores.slice(strict.scores.length).every((score) => score < 0.3 + 1e-7));
        const few = softNms(flattenBoxes(list), scores, { sigma, minScore: 0, maxCount: 3 });
        assert.deepEqual([...few.indices], [...result.indices].slice(0, 3));

        const order = new Random(seed).shuffle(list.map((_, i) => i));
        const again = softNms(
          flattenBoxes(order.map((i) => list[i])),
          order.map((i) => scores[i]),
          { sigma, minScore: 0 },
        );
        assert.deepEqual([...again.scores], [...result.scores]);
      },
    ),
  );
});
