import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes, iou } from "../../src/boxes/box";
import { BACKGROUND, IGNORED, matchAnchors, matchBoxes } from "../../src/boxes/matcher";
import { assertClose } from "../assertions";
import { hardReference } from "../reference/boxes";
import { box, boxes, crowd } from "./arbitrary";

const rule = { positiveIou: 0.5, negativeIou: 0.1, forceBest: false };

test("by hand: positive, ignored, background", () => {
  const truth = flattenBoxes([
    [0, 0, 10, 10],
    [100, 100, 110, 110],
  ]);
  const candidates = flattenBoxes([
    [0, 0, 10, 8], // 0.8 with the first
    [5, 0, 15, 10], // 1/3
    [9, 9, 19, 19], // 1/199
    [100, 100, 110, 105], // 0.5 exactly with the second
  ]);
  const { assignment, iou: overlap } = matchBoxes(candidates, truth, rule);
  assert.deepEqual([...assignment], [0, IGNORED, BACKGROUND, 1]);
  assertClose(overlap, [0.8, 1 / 3, 1 / 199, 0.5], 1e-6);
});

test("a threshold that is met counts as positive, and as not background", () => {
  const { assignment } = matchBoxes(flattenBoxes([[0, 0, 10, 5]]), flattenBoxes([[0, 0, 10, 10]]), {
    ...rule,
    negativeIou: 0.5,
    positiveIou: 0.6,
  });
  assert.equal(assignment[0], IGNORED);
});

test("every truth box that is touched gets its best anchors, all that tie", () => {
  const truth = flattenBoxes([
    [0, 0, 100, 100],
    [300, 300, 310, 310],
  ]);
  const anchors = flattenBoxes([
    [0, 0, 20, 20],
    [80, 80, 100, 100],
    [0, 0, 10, 10],
  ]);
  const { assignment } = matchAnchors(anchors, truth, rule);
  assert.deepEqual([...assignment], [0, 0, BACKGROUND], "both 20-pixel anchors tie; the far box is touched by none");
});

test("an anchor that is the best of two boxes goes to the one it overlaps more, in whatever order they are", () => {
  const anchor = flattenBoxes([[0, 0, 20, 20]]);
  const larger = [0, 0, 30, 30] as const;
  const smaller = [0, 0, 5, 5] as const;
  assert.equal(matchAnchors(anchor, flattenBoxes([larger, smaller]), rule).assignment[0], 0);
  assert.equal(matchAnchors(anchor, flattenBoxes([smaller, larger]), rule).assignment[0], 1);
});

test("an image without boxes is all background, and no anchors match nothing", () => {
  const { assignment, iou: overlap } = matchAnchors(flattenBoxes([[0, 0, 9, 9]]), flattenBoxes([]), {
    positiveIou: 0,
    negativeIou: 0,
  });
  assert.deepEqual([...assignment], [BACKGROUND]);
  assert.deepEqual([...overlap], [0]);
  assert.equal(matchAnchors(flattenBoxes([]), flattenBoxes([[0, 0, 9, 9]]), rule).assignment.length, 0);
});

test("matching equals PyTorch's maxima, with and without forcing", () => {
  for (const { candidates, truth, assignment, iou: overlap, ...given } of hardReference.matching) {
    const matches = matchBoxes(Float32Array.from(candidates.flat()), Float32Array.from(truth.flat()), given);
    assert.deepEqual([...matches.assignment], assignment);
    assertClose(matches.iou, overlap, 1e-6);
  }
});

test("every assignment follows the plain definition", () => {
  fc.assert(
    fc.property(boxes(30, 1), boxes(4, 1), box, (candidates, truth, extra) => {
      truth.push(extra);
      const { assignment, iou: overlap } = matchBoxes(flattenBoxes(candidates), flattenBoxes(truth), rule);
      candidates.forEach((candidate, i) => {
        const overlaps = truth.map((t) => Math.fround(iou(candidate, t)));
        const highest = Math.max(...overlaps);
        assertClose(overlap[i], highest, 1e-6);
        fc.pre([rule.positiveIou, rule.negativeIou].every((threshold) => Math.abs(highest - threshold) > 1e-6));
        if (highest >= rule.positiveIou) assert.ok(overlaps[assignment[i]] > highest - 1e-6);
        else assert.equal(assignment[i], highest >= rule.negativeIou ? IGNORED : BACKGROUND);
      });
      const forced = matchBoxes(flattenBoxes(candidates), flattenBoxes(truth), { ...rule, forceBest: true });
      candidates.forEach((_, i) => {
        if (assignment[i] >= 0) assert.ok(forced.assignment[i] >= 0, "forcing takes no positive away");
      });
    }),
  );
});

test("forced: whoever overlaps a truth box most is positive for it; of several such boxes for the one it overlaps most, of equal ones the first; the rest stays", () => {
  // Of a few corners and sides, so that best anchors tie and are shared.
  fc.assert(
    fc.property(crowd(30), crowd(6), (anchors, truth) => {
      const plain = matchBoxes(flattenBoxes(anchors), flattenBoxes(truth), rule);
      const { assignment, iou: overlap } = matchBoxes(flattenBoxes(anchors), flattenBoxes(truth), { ...rule, forceBest: true }); // prettier-ignore
      assert.deepEqual(overlap, plain.iou);
      const overlaps = anchors.map((anchor) => truth.map((t) => Math.fround(iou(anchor, t))));
      const highest = truth.map((_, g) => Math.max(0, ...overlaps.map((row) => row[g])));
      anchors.forEach((_, i) => {
        assert.ok(assignment[i] >= IGNORED && assignment[i] < truth.length);
        const bestOf = truth.flatMap((_, g) => (highest[g] > 0 && overlaps[i][g] === highest[g] ? [g] : []));
        if (!bestOf.length) return assert.equal(assignment[i], plain.assignment[i]);
        const most = Math.max(...bestOf.map((g) => overlaps[i][g]));
        const expected = bestOf.find((g) => overlaps[i][g] === most);
        assert.equal(assignment[i], expected, `anchor ${i} is the best of ${bestOf}`);
      });
    }),
  );
});

test("what an anchor learns does not depend on the other anchors, nor on the order of the truth", () => {
  fc.assert(
    fc.property(boxes(12, 2), boxes(5, 1), (anchors, truth) => {
      const { assignment } = matchBoxes(flattenBoxes(anchors), flattenBoxes(truth), rule);
      const half = matchBoxes(flattenBoxes(anchors.slice(1)), flattenBoxes(truth), rule);
      assert.deepEqual(half.assignment, assignment.slice(1));
      const overlaps = anchors.map((anchor) => truth.map((t) => Math.fround(iou(anchor, t))));
      fc.pre(overlaps.every((row) => new Set(row.filter((value) => value > 0)).size === row.filter((value) => value > 0).length)); // prettier-ignore
      const turned = matchAnchors(flattenBoxes(anchors), flattenBoxes([...truth].reverse()), rule);
      const forth = matchAnchors(flattenBoxes(anchors), flattenBoxes(truth), rule);
      assert.deepEqual(
        turned.assignment.map((match) => (match < 0 ? match : truth.length - 1 - match)),
        forth.assignment,
      );
    }),
  );
});
