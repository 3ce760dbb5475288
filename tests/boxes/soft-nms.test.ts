import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes, iou } from "../../src/boxes/box";
import { nms } from "../../src/boxes/nms";
import { softNms } from "../../src/boxes/soft-nms";
import { boxes } from "./arbitrary";

const CROWD = flattenBoxes([
  [0, 0, 10, 10],
  [1, 0, 11, 10], // 9/11 with the first
  [5, 0, 15, 10], // 1/3 with the first, 6/14 with the second
  [50, 50, 60, 60],
]);

test("by hand: overlapping boxes lose score, and the order follows the scores that are left", () => {
  const { indices, scores } = softNms(CROWD, [0.9, 0.8, 0.7, 0.3], { sigma: 0.5, minScore: 0 });
  const third = 0.7 * Math.exp(-((1 / 3) ** 2) / 0.5);
  const second = 0.8 * Math.exp(-((9 / 11) ** 2) / 0.5) * Math.exp(-((6 / 14) ** 2) / 0.5);
  assert.deepEqual([...indices], [0, 2, 3, 1]);
  [0.9, third, 0.3, second].forEach((score, i) => assert.ok(Math.abs(scores[i] - score) < 1e-6, `${i}: ${scores[i]}`));
});

test("boxes that fall below the least score go, and only so many stay", () => {
  assert.deepEqual([...softNms(CROWD, [0.9, 0.8, 0.7, 0.3], { sigma: 0.5, minScore: 0.25 }).indices], [0, 2, 3]);
  assert.deepEqual([...softNms(CROWD, [0.9, 0.8, 0.7, 0.3], { sigma: 0.5, minScore: 0, maxCount: 2 }).indices], [0, 2]);
  assert.deepEqual([...softNms(flattenBoxes([]), [], { sigma: 0.5, minScore: 0 }).indices], []);
});

test("a very narrow Gaussian drops whatever overlaps, as NMS at 0 does; a very wide one changes nothing", () => {
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
        kept.forEach((i, place) => kept.slice(place + 1).forEach((j) => assert.ok(iou(list[i], list[j]) < 2e-4)));
        if (list.length) assert.equal(kept[0], nms(flat, scores, 1)[0]);
      },
    ),
  );
});
