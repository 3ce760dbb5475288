import assert from "node:assert/strict";
import { test } from "node:test";
import { worstImages } from "../../src/metrics/worst-images";
import { detection, groundTruth } from "./cases";

const groundTruths = [
  groundTruth("p1_good", [[0, 0, 10, 10]], [0]),
  groundTruth("p1_loose", [[0, 0, 10, 10]], [0]),
  groundTruth(
    "p2_bad",
    [
      [0, 0, 10, 10],
      [50, 50, 60, 60],
    ],
    [0, 1],
  ),
  groundTruth("p3_empty", []),
];
const detections = [
  {
    imageId: "p1_good",
    detections: [detection([0, 0, 10, 10], 0.9, [0.9, 0.1])],
  },
  {
    imageId: "p1_loose",
    detections: [detection([0, 0, 10, 6], 0.9, [0.4, 0.6])],
  },
  {
    imageId: "p2_bad",
    detections: [detection([0, 0, 10, 4], 0.7, [1, 0]), detection([50, 50, 60, 60], 0.2, [0, 1])],
  },
  { imageId: "p3_empty", detections: [detection([0, 0, 10, 10], 0.6, [1, 0])] },
];

test("the errors of each image, worst images first", () => {
  const errors = worstImages(groundTruths, detections, { scoreThreshold: 0.5 });
  assert.deepEqual(
    errors.map(({ imageId }) => imageId),
    ["p2_bad", "p3_empty", "p1_loose", "p1_good"],
  );
  const [bad, empty, loose, good] = errors;
  assert.deepEqual(bad.missed, [0, 1]);
  assert.deepEqual(
    bad.falsePositives.map(({ score }) => score),
    [0.7],
  );
  assert.equal(bad.severity, 2.7);
  assert.equal(bad.patient, "p2");
  assert.equal(bad.scoreThreshold, 0.5);
  assert.equal(empty.severity, 0.6);
  assert.deepEqual(
    loose.loose.map(({ groundTruthIndex, iou }) => [groundTruthIndex, iou]),
    [[0, 0.6]],
  );
  assert.equal(loose.wrongClass.length, 1);
  assert.ok(Math.abs(loose.severity - 0.4) < 1e-12);
  assert.deepEqual(
    [good.missed, good.falsePositives, good.loose, good.wrongClass, good.severity],
    [[], [], [], [], 0],
  );
});

test("a lower threshold finds the second tumor", () => {
  const errors = worstImages(groundTruths, detections, { scoreThreshold: 0.1 });
  assert.deepEqual(errors.find(({ imageId }) => imageId === "p2_bad")?.missed, [0]);
});

test("the result does not depend on the order of the images", () => {
  const expected = worstImages(groundTruths, detections, { scoreThreshold: 0.5 });
  assert.deepEqual(
    worstImages([...groundTruths].reverse(), [...detections].reverse(), {
      scoreThreshold: 0.5,
    }),
    expected,
  );
});
