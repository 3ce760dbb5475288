import assert from "node:assert/strict";
import { test } from "node:test";
import { flattenBoxes } from "../../src/boxes/box";
import { boxPath, missCauseOf } from "../../src/metrics/box-path";
import type { DetectionTrace } from "../../src/detectors/faster-rcnn/detection-trace";
import type { Box } from "../../src/types";
import { detection } from "./cases";

const TRUTH: Box = [10, 10, 30, 30];
const FAR: Box = [60, 60, 80, 80];
/** Two thirds of the ground-truth box: an IoU of 2/3. */
const NEAR: Box = [10, 10, 30, 70 / 3];
const RULE = { iou: 0.5, nearIou: 0.3 };

type Row = readonly [Box, number];

/**
 * The trace of an image, made from the boxes and scores of each stage. The candidate of index i
 * comes from the anchor of index i.
 */
function trace({
  anchors,
  candidates = [],
  proposals = [],
  refined = [],
  detections = [],
}: Partial<
  Record<"anchors" | "candidates" | "proposals" | "refined" | "detections", readonly Row[]>
> & {
  anchors: readonly Row[];
}): { trace: DetectionTrace; anchors: Float32Array } {
  const boxes = (rows: readonly Row[]) => flattenBoxes(rows.map(([box]) => box));
  const scores = (rows: readonly Row[]) => Float32Array.from(rows, ([, score]) => score);
  return {
    anchors: boxes(anchors),
    trace: {
      objectness: scores(anchors),
      candidates: boxes(candidates),
      candidateScores: scores(candidates),
      candidateAnchors: Int32Array.from(candidates, (_, i) => i),
      proposals: boxes(proposals),
      proposalScores: scores(proposals),
      stages: [
        {
          boxes: boxes(refined),
          foreground: scores(refined),
          classProbabilities: new Float32Array(),
        },
      ],
      foreground: scores(refined),
      detections: detections.map(([box, score]) => ({ ...detection(box, score), box })),
    },
  };
}

/** Why the ground-truth box is missed. */
function causeOf(stages: Parameters<typeof trace>[0], scoreThreshold = 0.5) {
  const traced = trace(stages);
  return missCauseOf(boxPath({ ...traced, groundTruth: TRUTH, rule: RULE }), scoreThreshold, RULE);
}

test("the cause of a miss follows from the last stage that covers the box", () => {
  const anchors: Row[] = [[NEAR, 1]];
  const hit: Row = [TRUTH, 0.9];
  const miss: Row = [FAR, 0.8];
  assert.equal(causeOf({ anchors: [[FAR, 3]] }), "anchors");
  assert.equal(causeOf({ anchors }), "objectness");
  assert.equal(causeOf({ anchors, candidates: [miss] }), "rpnBoxes");
  assert.equal(
    causeOf({ anchors, candidates: [hit, miss], proposals: [miss], refined: [miss] }),
    "proposals",
  );
  assert.equal(
    causeOf({ anchors, candidates: [hit], proposals: [hit], refined: [miss] }),
    "headBoxes",
  );
  assert.equal(
    causeOf({ anchors, candidates: [hit], proposals: [hit], refined: [[TRUTH, 0.4]] }),
    "foreground",
  );
  assert.equal(
    causeOf({
      anchors,
      candidates: [hit],
      proposals: [hit],
      refined: [
        [TRUTH, 0.6],
        [NEAR, 0.2],
      ],
    }),
    "finalNms",
  );
});

test("a stage can cover a box that earlier stages do not cover", () => {
  const refined: Row[] = [[NEAR, 0.3]];
  assert.equal(
    causeOf({ anchors: [[FAR, 3]], candidates: [[FAR, 1]], proposals: [[FAR, 1]], refined }),
    "foreground",
  );
});

test("the cover of a stage is its box of highest IoU, whatever the rule", () => {
  const traced = trace({
    anchors: [
      [FAR, 5],
      [NEAR, 0],
    ],
    candidates: [
      [FAR, 0.9],
      [NEAR, 0.2],
    ],
    refined: [
      [NEAR, 0.4],
      [TRUTH, 0.3],
    ],
  });
  const path = boxPath({ ...traced, groundTruth: TRUTH, rule: RULE });
  const close = (value: number | undefined, expected: number) =>
    assert.ok(Math.abs(value! - expected) < 1e-6);
  close(path.covers.anchors?.iou, 2 / 3);
  assert.equal(
    path.covers.anchors?.score,
    0.5,
    "the score of an anchor is the probability of its objectness logit",
  );
  close(path.covers.candidates?.score, 0.2);
  assert.equal(path.covers.proposals, null);
  assert.deepEqual(path.covers["refined boxes"]?.box, TRUTH);
  close(path.hitScore!, 0.4);
  const strict = boxPath({ ...traced, groundTruth: TRUTH, rule: { ...RULE, iou: 0.7 } });
  close(strict.hitScore!, 0.3);
});
