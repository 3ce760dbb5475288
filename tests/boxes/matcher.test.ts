import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes, iou } from "../../src/boxes/box";
import { BACKGROUND, IGNORED, Matcher } from "../../src/boxes/matcher";
import { anchorMatcher } from "../../src/detectors/faster-rcnn/rpn/assign-anchors";
import { assertClose } from "../assertions";
import { hardReference } from "../reference/boxes";
import { box, boxes, crowd } from "./arbitrary";

const rule = { positiveIou: 0.5, negativeIou: 0.1, allowLowQualityMatches: false };

test("positive, ignored and background candidates by hand", () => {
  const target = flattenBoxes([
    [0, 0, 10, 10],
    [100, 100, 110, 110],
  ]);
  const candidates = flattenBoxes([
    [0, 0, 10, 8], // 0.8 with the first
    [5, 0, 15, 10], // 1/3
    [9, 9, 19, 19], // 1/199
    [100, 100, 110, 105], // 0.5 exactly with the second
  ]);
  const { assignment, iou: overlap } = new Matcher(rule).match(candidates, target);
  assert.deepEqual([...assignment], [0, IGNORED, BACKGROUND, 1]);
  assertClose(overlap, [0.8, 1 / 3, 1 / 199, 0.5], 1e-6);
});

test("a candidate with exactly the threshold is positive, or not background", () => {
  const { assignment } = new Matcher({ ...rule, negativeIou: 0.5, positiveIou: 0.6 }).match(
    flattenBoxes([[0, 0, 10, 5]]),
    flattenBoxes([[0, 0, 10, 10]]),
  );
  assert.equal(assignment[0], IGNORED);
});

test("every ground-truth box that an anchor overlaps gets its best anchors, including ties", () => {
  const target = flattenBoxes([
    [0, 0, 100, 100],
    [300, 300, 310, 310],
  ]);
  const anchors = flattenBoxes([
    [0, 0, 20, 20],
    [80, 80, 100, 100],
    [0, 0, 10, 10],
  ]);
  const { assignment } = anchorMatcher(rule).match(anchors, target);
  assert.deepEqual(
    [...assignment],
    [0, 0, BACKGROUND],
    "both anchors of 20 pixels have the same IoU; no anchor overlaps the distant box",
  );
});

test("a candidate of two boxes with the same IoU is assigned to the first", () => {
  const target = flattenBoxes([
    [0, 0, 10, 10],
    [10, 0, 20, 10],
  ]);
  const middle = flattenBoxes([[5, 0, 15, 10]]);
  assert.equal(new Matcher({ ...rule, positiveIou: 0.3 }).match(middle, target).assignment[0], 0);
});

test("low-quality matches are off unless they are chosen", () => {
  const target = flattenBoxes([[0, 0, 100, 100]]);
  const small = flattenBoxes([[0, 0, 20, 20]]);
  const { positiveIou, negativeIou } = rule;
  const matcher = new Matcher({ positiveIou, negativeIou });
  assert.equal(matcher.match(small, target).assignment[0], BACKGROUND);
});

test("an anchor that is the best one of two boxes is assigned to the box that it overlaps more, in any order", () => {
  const anchor = flattenBoxes([[0, 0, 20, 20]]);
  const larger = [0, 0, 30, 30] as const;
  const smaller = [0, 0, 5, 5] as const;
  assert.equal(anchorMatcher(rule).match(anchor, flattenBoxes([larger, smaller])).assignment[0], 0);
  assert.equal(anchorMatcher(rule).match(anchor, flattenBoxes([smaller, larger])).assignment[0], 1);
});

test("without ground truth every anchor is background; without anchors the result is empty", () => {
  const { assignment, iou: overlap } = anchorMatcher({ positiveIou: 0, negativeIou: 0 }).match(
    flattenBoxes([[0, 0, 9, 9]]),
    flattenBoxes([]),
  );
  assert.deepEqual([...assignment], [BACKGROUND]);
  assert.deepEqual([...overlap], [0]);
  assert.equal(
    anchorMatcher(rule).match(flattenBoxes([]), flattenBoxes([[0, 0, 9, 9]])).assignment.length,
    0,
  );
});

test("matching equals PyTorch's maxima, with and without low-quality matches", () => {
  for (const {
    candidates,
    groundTruth,
    assignment,
    iou: overlap,
    ...given
  } of hardReference.matching) {
    const matches = new Matcher(given).match(
      Float32Array.from(candidates.flat()),
      Float32Array.from(groundTruth.flat()),
    );
    assert.deepEqual([...matches.assignment], assignment);
    assertClose(matches.iou, overlap, 1e-6);
  }
});

test("every assignment follows the plain definition", () => {
  fc.assert(
    fc.property(boxes(30, 1), boxes(4, 1), box, (candidates, target, extra) => {
      target.push(extra);
      const { assignment, iou: overlap } = new Matcher(rule).match(
        flattenBoxes(candidates),
        flattenBoxes(target),
      );
      candidates.forEach((candidate, i) => {
        const overlaps = target.map((t) => Math.fround(iou(candidate, t)));
        const highest = Math.max(...overlaps);
        assertClose(overlap[i], highest, 1e-6);
        fc.pre(
          [rule.positiveIou, rule.negativeIou].every(
            (threshold) => Math.abs(highest - threshold) > 1e-6,
          ),
        );
        if (highest >= rule.positiveIou) assert.ok(overlaps[assignment[i]] > highest - 1e-6);
        else assert.equal(assignment[i], highest >= rule.negativeIou ? IGNORED : BACKGROUND);
      });
      const withLowQuality = new Matcher({ ...rule, allowLowQualityMatches: true }).match(
        flattenBoxes(candidates),
        flattenBoxes(target),
      );
      candidates.forEach((_, i) => {
        if (assignment[i] >= 0)
          assert.ok(
            withLowQuality.assignment[i] >= 0,
            "low-quality matches do not remove a positive",
          );
      });
    }),
  );
});

test("low-quality matches follow the definition: the best candidates of each box, and no other changes", () => {
  // With a few corners and sides only, several anchors are the best one of a box.
  fc.assert(
    fc.property(crowd(30), crowd(6), (anchors, target) => {
      const plain = new Matcher(rule).match(flattenBoxes(anchors), flattenBoxes(target));
      const { assignment, iou: overlap } = new Matcher({
        ...rule,
        allowLowQualityMatches: true,
      }).match(flattenBoxes(anchors), flattenBoxes(target));
      assert.deepEqual(overlap, plain.iou);
      const overlaps = anchors.map((anchor) => target.map((t) => Math.fround(iou(anchor, t))));
      const highest = target.map((_, g) => Math.max(0, ...overlaps.map((row) => row[g])));
      anchors.forEach((_, i) => {
        assert.ok(assignment[i] >= IGNORED && assignment[i] < target.length);
        const bestOf = target.flatMap((_, g) =>
          highest[g] > 0 && overlaps[i][g] === highest[g] ? [g] : [],
        );
        if (!bestOf.length) return assert.equal(assignment[i], plain.assignment[i]);
        const highestIou = Math.max(...bestOf.map((g) => overlaps[i][g]));
        const expected = bestOf.find((g) => overlaps[i][g] === highestIou);
        assert.equal(assignment[i], expected, `anchor ${i} is the best of ${bestOf}`);
      });
    }),
  );
});

test("the target of an anchor does not depend on other anchors, or on the order of the ground truth", () => {
  fc.assert(
    fc.property(boxes(12, 2), boxes(5, 1), (anchors, target) => {
      const { assignment } = new Matcher(rule).match(flattenBoxes(anchors), flattenBoxes(target));
      const half = new Matcher(rule).match(flattenBoxes(anchors.slice(1)), flattenBoxes(target));
      assert.deepEqual(half.assignment, assignment.slice(1));
      const overlaps = anchors.map((anchor) => target.map((t) => Math.fround(iou(anchor, t))));
      fc.pre(
        overlaps.every(
          (row) =>
            new Set(row.filter((value) => value > 0)).size ===
            row.filter((value) => value > 0).length,
        ),
      );
      const reversed = anchorMatcher(rule).match(
        flattenBoxes(anchors),
        flattenBoxes([...target].reverse()),
      );
      const inOrder = anchorMatcher(rule).match(flattenBoxes(anchors), flattenBoxes(target));
      assert.deepEqual(
        reversed.assignment.map((match) => (match < 0 ? match : target.length - 1 - match)),
        inOrder.assignment,
      );
    }),
  );
});
