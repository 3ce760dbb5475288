import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes } from "../../../../src/boxes/box";
import { BACKGROUND, IGNORED } from "../../../../src/boxes/matcher";
import { presets } from "../../../../src/config/index";
import {
  anchorMatcher,
  assignAnchors,
} from "../../../../src/detectors/faster-rcnn/rpn/assign-anchors";
import { Random } from "../../../../src/util/random";
import { boxes } from "../../../boxes/arbitrary";

const config = { ...presets.default.rpn, positiveIou: 0.6, negativeIou: 0.3, samples: 4 };

test("anchors by hand: positive, ignored, background, and the best one of a box", () => {
  const anchors = flattenBoxes([
    [0, 0, 10, 8], // IoU 0.8 with the first box
    [0, 0, 10, 4], // 0.4 with the first box
    [50, 50, 60, 60], // overlaps nothing
    [80, 80, 90, 84], // 0.4 with the second box, and the best anchor of it
    [80, 80, 90, 82], // 0.2 with the second box
  ]);
  const target = {
    boxes: flattenBoxes([
      [0, 0, 10, 10],
      [80, 80, 90, 90],
    ]),
    classIds: Int32Array.of(1, 0),
  };
  const all = assignAnchors(anchors, target, {
    config: { ...config, samples: 100, positiveFraction: 0.5 },
    random: new Random(1),
  });
  assert.deepEqual([...all.assignment], [0, IGNORED, BACKGROUND, 1, BACKGROUND]);
  assert.deepEqual([...all.positives], [0, 3]);
  assert.deepEqual([...all.negatives], [2, 4]);
  assert.equal(all.anchors, anchors);
  assert.equal(all.target, target);
});

test("the sample contains only candidates of the right kind, in the right numbers", () => {
  fc.assert(
    fc.property(
      boxes(30, 1),
      boxes(4),
      fc.constantFrom(0.25, 0.5, 1),
      fc.integer(),
      (anchors, groundTruth, positiveFraction, seed) => {
        const classIds = new Int32Array(groundTruth.length);
        const target = { boxes: flattenBoxes(groundTruth), classIds };
        const options = { config: { ...config, positiveFraction }, random: new Random(seed) };
        const result = assignAnchors(flattenBoxes(anchors), target, options);
        const matches = anchorMatcher(config).match(flattenBoxes(anchors), target.boxes);
        assert.deepEqual(result.assignment, matches.assignment);
        assert.deepEqual(result.iou, matches.iou);
        const { assignment, positives, negatives } = result;
        assert.ok(positives.every((i) => assignment[i] >= 0));
        assert.ok(negatives.every((i) => assignment[i] === BACKGROUND));
        const candidates = assignment.filter((match) => match >= 0).length;
        assert.equal(positives.length, Math.min(candidates, config.samples * positiveFraction));
        const again = { config: options.config, random: new Random(seed) };
        assert.deepEqual(assignAnchors(flattenBoxes(anchors), target, again), result);
      },
    ),
  );
});

test("every box that an anchor overlaps has a positive anchor", () => {
  const anchors = flattenBoxes([[0, 0, 100, 100]]);
  const target = { boxes: flattenBoxes([[0, 0, 2, 2]]), classIds: Int32Array.of(0) };
  const { positives } = assignAnchors(anchors, target, { config, random: new Random(1) });
  assert.deepEqual([...positives], [0]);
});
