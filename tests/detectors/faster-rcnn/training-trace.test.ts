import assert from "node:assert/strict";
import { test } from "node:test";
import { flattenBoxes } from "../../../src/boxes/box";
import { type StepParts, traceStep } from "../../../src/detectors/faster-rcnn/training-trace";

/** The results of two images, in which every number identifies its array. */
function parts(): StepParts {
  const anchors = flattenBoxes([
    [0, 0, 10, 10],
    [20, 20, 30, 30],
  ]);
  const image = (n: number) => ({
    assignment: {
      anchors,
      target: { boxes: Float32Array.of(n, 1, 20, 21), classIds: Int32Array.of(n) },
      assignment: Int32Array.of(n, -1),
      iou: Float32Array.of(n, 0.5),
      positives: Int32Array.of(0),
      negatives: Int32Array.of(n),
    },
    objectness: Float32Array.of(n, 2),
    proposals: {
      candidates: Float32Array.of(n, 3, 4, 5),
      candidateScores: Float32Array.of(n / 4),
      candidateAnchors: Int32Array.of(n),
      proposals: Float32Array.of(n, 6, 7, 8),
      proposalScores: Float32Array.of(n / 8),
    },
    rois: {
      rois: Float32Array.of(n, 9, 10, 11),
      assignment: Int32Array.of(n),
      iou: Float32Array.of(n / 16),
    },
    anchorLosses: { objectness: Float32Array.of(n), boxes: Float32Array.of(n) },
  });
  const images = [image(1), image(2)];
  return {
    anchors,
    grids: [{ stride: 8, rows: 1, columns: 2 }],
    assignments: images.map(({ assignment }) => assignment),
    proposed: {
      objectness: images.map(({ objectness }) => objectness),
      proposals: images.map(({ proposals }) => proposals),
    },
    rois: images.map(({ rois }) => rois),
    shares: { byAnchor: images.map(({ anchorLosses }) => anchorLosses), byRoi: [[], []] },
  };
}

test("the trace of each image has the results of all stages", () => {
  const given = parts();
  const { anchors, grids, images } = traceStep(given);
  assert.equal(anchors, given.anchors);
  assert.equal(grids, given.grids);
  assert.equal(images.length, 2);
  images.forEach((image, i) => {
    const { target, assignment, iou, positives, negatives } = given.assignments[i];
    assert.deepEqual(image, {
      target,
      anchorAssignment: assignment,
      anchorIou: iou,
      positives,
      negatives,
      objectness: given.proposed.objectness[i],
      ...given.proposed.proposals[i],
      rois: given.rois![i].rois,
      roiAssignment: given.rois![i].assignment,
      roiIou: given.rois![i].iou,
      anchorLosses: given.shares!.byAnchor[i],
      roiLosses: [],
    });
  });
});

test("without a second stage there are no RoIs and no shares of RoIs", () => {
  const given = parts();
  const shares = { byAnchor: given.shares!.byAnchor, byRoi: null };
  const [image] = traceStep({ ...given, rois: null, shares }).images;
  assert.deepEqual([image.rois.length, image.roiAssignment.length, image.roiIou.length], [0, 0, 0]);
  assert.deepEqual(image.roiLosses, []);
  assert.notEqual(image.anchorLosses, null);
});

test("a detector that computes no shares has null in their place", () => {
  for (const image of traceStep({ ...parts(), shares: null }).images) {
    assert.equal(image.anchorLosses, null);
    assert.equal(image.roiLosses, null);
  }
});
