import assert from "node:assert/strict";
import { test } from "node:test";
import { computeMetrics } from "../../src/metrics/metrics";
import { meanBoxDetections } from "../../src/metrics/mean-box-detections";
import { detection, groundTruth } from "./cases";

const two = [
  detection([0, 0, 10, 10], 0.9, [0.9, 0.1]),
  detection([40, 60, 50, 70], 0.7, [0.2, 0.8]),
];

test("edges and scores are averaged, classes are voted for", () => {
  const third = detection([100, 100, 110, 110], 0.1, [0, 1]);
  const [image, empty] = meanBoxDetections(
    [
      { imageId: "a", detections: [...two, third] },
      { imageId: "b", detections: [third] },
    ],
    { scoreThreshold: 0.5 },
  );
  assert.deepEqual(image.detections, [
    {
      box: [20, 30, 30, 40],
      score: 0.8,
      classProbabilities: [0.5, 0.5],
      classId: 0,
    },
  ]);
  assert.deepEqual(empty, { imageId: "b", detections: [] });
});

test("the mean box of two tumors finds neither of them", () => {
  const groundTruths = [groundTruth("a", [two[0].box, two[1].box], [0, 1])];
  const detections = [{ imageId: "a", detections: two }];
  assert.equal(computeMetrics(groundTruths, detections, ["one", "two"]).classAgnostic.AP50, 1);
  const mean = meanBoxDetections(detections, { scoreThreshold: 0.5 });
  assert.equal(computeMetrics(groundTruths, mean, ["one", "two"]).classAgnostic.AP50, 0);
});
