import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { detectionOutcomes } from "../../src/metrics/outcomes";
import { chooseThreshold, countsAtThreshold } from "../../src/metrics/operating-point";
import { UNMATCHED } from "../../src/metrics/matching";
import { detection, groundTruth } from "./cases";

// Two images with one box each, and one image without boxes. By falling score, the detections are
// hit, false positive, hit, false positive.
const groundTruths = [
  groundTruth("a", [[0, 0, 10, 10]], [0]),
  groundTruth("b", [[0, 0, 10, 10]], [1]),
  groundTruth("empty", []),
];
const detections = [
  {
    imageId: "a",
    detections: [
      detection([0, 0, 10, 5], 0.9, [0.8, 0.2]),
      detection([0, 0, 10, 10], 0.3, [0.6, 0.4]),
    ],
  },
  { imageId: "b", detections: [detection([0, 0, 10, 9], 0.6, [0.7, 0.3])] },
  {
    imageId: "empty",
    detections: [detection([50, 50, 60, 60], 0.8, [0.5, 0.5])],
  },
];

test("every detection has its match and its IoU", () => {
  const [a, b, empty] = detectionOutcomes(groundTruths, detections);
  assert.deepEqual(
    a.outcomes.map(({ match, iou }) => [match, iou]),
    [
      [0, 0.5],
      [UNMATCHED, 1],
    ],
  );
  assert.deepEqual(
    b.outcomes.map(({ match, iou }) => [match, iou]),
    [[0, 0.9]],
  );
  assert.deepEqual(
    empty.outcomes.map(({ match, iou }) => [match, iou]),
    [[UNMATCHED, 0]],
  );
});

describe("counts at a threshold", () => {
  test("all detections", () => {
    const counts = countsAtThreshold(groundTruths, detections, {
      scoreThreshold: 0,
      classCount: 2,
    });
    assert.deepEqual(counts, {
      scoreThreshold: 0,
      iou: 0.5,
      hits: 2,
      falsePositives: 2,
      missed: 0,
      precision: 0.5,
      recall: 1,
      f1: 2 / 3,
      falsePositivesPerImage: 2 / 3,
      classConfusion: [
        [1, 0],
        [1, 0],
      ],
    });
  });
  test("a threshold keeps scores equal to it, and drops those below", () => {
    const counts = countsAtThreshold(groundTruths, detections, {
      scoreThreshold: 0.8,
      classCount: 2,
    });
    assert.deepEqual([counts.hits, counts.falsePositives, counts.missed], [1, 1, 1]);
  });
  test("a stricter overlap", () => {
    const counts = countsAtThreshold(groundTruths, detections, {
      scoreThreshold: 0,
      classCount: 2,
      iou: 0.75,
    });
    // In image a, the second box, which fits better, is now the hit.
    assert.deepEqual([counts.hits, counts.falsePositives, counts.missed], [2, 2, 0]);
  });
  test("nothing at all", () => {
    const { precision, recall, f1 } = countsAtThreshold([], [], {
      scoreThreshold: 0.5,
      classCount: 2,
    });
    assert.deepEqual([precision, recall, f1], [0, 0, 0]);
  });
});

describe("the threshold of highest F1", () => {
  test("by hand", () => {
    // F1 after each detection: 2/3, 1/2, 4/5, 2/3; the third has score 0.6, the fourth 0.3.
    const point = chooseThreshold(groundTruths, detections);
    assert.deepEqual(point, {
      scoreThreshold: (0.6 + 0.3) / 2,
      iou: 0.5,
      precision: 2 / 3,
      recall: 1,
      f1: 0.8,
    });
  });
  test("has the F1 of the counts at this threshold", () => {
    const point = chooseThreshold(groundTruths, detections);
    const counts = countsAtThreshold(groundTruths, detections, {
      scoreThreshold: point.scoreThreshold,
      classCount: 2,
    });
    assert.equal(counts.f1, point.f1);
  });
  test("counts detections of equal score together", () => {
    const tied = [
      { imageId: "a", detections: [detection([0, 0, 10, 10], 0.5)] },
      {
        imageId: "empty",
        detections: [0, 20, 40].map((x) => detection([x, 0, x + 9, 9], 0.5)),
      },
    ];
    const point = chooseThreshold(groundTruths, tied);
    assert.deepEqual([point.scoreThreshold, point.precision, point.recall], [0.25, 0.25, 0.5]);
  });
  test("is 1 when there is no hit", () => {
    assert.deepEqual(chooseThreshold(groundTruths, []), {
      scoreThreshold: 1,
      iou: 0.5,
      precision: 0,
      recall: 0,
      f1: 0,
    });
  });
});
