import assert from "node:assert/strict";
import { test } from "node:test";
import { computeMetrics } from "../../src/metrics/metrics";
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

test("what metrics.json holds", () => {
  const metrics = computeMetrics(groundTruths, detections, ["one", "two", "three"]);
  const perfect = { AP: 1, AP50: 1, AP75: 1 };
  // Every box is 10 pixels wide.
  const bySize = { APsmall: 1, APmedium: -1, APlarge: -1, ARsmall: 1, ARmedium: -1, ARlarge: -1 };
  const coco = { ...perfect, ...bySize, AR1: 1, AR10: 1, AR100: 1 };
  const none = { AP: -1, AP50: -1, AP75: -1 };
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

test("class-aware falls where the classes are swapped, class-agnostic does not", () => {
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
  // In each class's ranking the other class's box comes first: one false positive, then the hit.
  assert.equal(metrics.classAware.AP50, 0.5);
});

test("a class without a name", () => {
  assert.throws(() => computeMetrics(groundTruths, [], ["one"]), /p1_2.*class 1.*1 class names/);
});
