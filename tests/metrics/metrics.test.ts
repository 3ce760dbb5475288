import assert from "node:assert/strict";
import { test } from "node:test";
import { computeMetrics, currentMetrics, type Metrics } from "../../src/metrics/metrics";
import { detection, groundTruth } from "./cases";

const groundTruths = [
  groundTruth("p1_1", [[0, 0, 10, 10]], [0]),
  groundTruth("p1_2", [[0, 0, 10, 10]], [1]),
  groundTruth("p2_1", []),
];
const detections = [
  {
    imageId: "p1_1",
    detections: [detection([0, 0, 10, 10], 0.9, [0.9, 0.1, 0])],
  },
  {
    imageId: "p1_2",
    detections: [detection([0, 0, 10, 10], 0.8, [0.6, 0.4, 0])],
  },
];

test("the contents of metrics.json", () => {
  const metrics = computeMetrics(groundTruths, detections, ["one", "two", "three"]);
  const perfect = { AP: 1, AP50: 1, AP75: 1 };
  // Every box is 10 pixels wide.
  const bySize = {
    ...{ APsmall: 1, APmedium: null, APlarge: null },
    ...{ ARsmall: 1, ARmedium: null, ARlarge: null },
  };
  const coco = { ...perfect, ...bySize, AR1: 1, AR10: 1, AR100: 1 };
  const none = { AP: null, AP50: null, AP75: null };
  assert.deepEqual(metrics, {
    classAgnostic: coco,
    classAware: coco,
    classes: [
      { name: "one", boxes: 1, ...perfect },
      { name: "two", boxes: 1, ...perfect },
      { name: "three", boxes: 0, ...none },
    ],
    images: 3,
    imagesWithoutBoxes: 1,
    boxes: 2,
    patients: 2,
    detections: 2,
    classNames: ["one", "two", "three"],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(metrics)), metrics);
});

test("swapped classes lower the class-aware metrics only", () => {
  const swapped = [
    {
      imageId: "p1_1",
      detections: [detection([0, 0, 10, 10], 0.9, [0.1, 0.9])],
    },
    {
      imageId: "p1_2",
      detections: [detection([0, 0, 10, 10], 0.9, [0.9, 0.1])],
    },
  ];
  const metrics = computeMetrics(groundTruths, swapped, ["one", "two"]);
  assert.equal(metrics.classAgnostic.AP50, 1);
  // In the ranking of each class, the box of the other class comes first: a false positive, then
  // the hit.
  assert.equal(metrics.classAware.AP50, 0.5);
});

test("a box of a class without a name is an error", () => {
  assert.throws(() => computeMetrics(groundTruths, [], ["one"]), /p1_2.*class 1.*1 class names/);
});

test("the -1 of early files is read as null", () => {
  const metrics = computeMetrics(groundTruths, detections, ["one", "two", "three"]);
  const early = JSON.parse(
    JSON.stringify(metrics, (_, value: unknown) => (value === null ? -1 : value)),
  ) as Metrics;
  assert.equal(early.classAgnostic.APlarge, -1);
  assert.deepEqual(currentMetrics(early), metrics);
  assert.deepEqual(currentMetrics(metrics), metrics);
});
