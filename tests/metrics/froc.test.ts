import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { froc, FROC_RATES, frocCurve } from "../../src/metrics/froc";
import { joinImages } from "../../src/metrics/matching";
import { countsAtThreshold } from "../../src/metrics/operating-point";
import { rankDetections } from "../../src/metrics/ranking";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { pycocotoolsCases, unpack } from "./pycocotools";

const box = (x: number): Box => [x, 0, x + 10, 10];
const groundTruths = [
  groundTruth("a", [box(0), box(20)]),
  groundTruth("b", [box(0)]),
  groundTruth("c", []),
  groundTruth("d", []),
];
const detections = [
  {
    imageId: "a",
    detections: [detection(box(0), 0.9), detection(box(50), 0.6), detection(box(20), 0.5)],
  },
  { imageId: "b", detections: [detection(box(0), 0.4)] },
  { imageId: "c", detections: [detection(box(0), 0.8), detection(box(30), 0.4)] },
];

describe("FROC by hand", () => {
  const result = froc(groundTruths, detections)!;

  test("all images: one point for each score", () => {
    assert.deepEqual(result.allImages.scoreThreshold, [0.9, 0.8, 0.6, 0.5, 0.4]);
    assert.deepEqual(result.allImages.falsePositivesPerImage, [0, 1 / 4, 2 / 4, 2 / 4, 3 / 4]);
    assert.deepEqual(result.allImages.sensitivity, [1 / 3, 1 / 3, 1 / 3, 2 / 3, 1]);
    assert.deepEqual([result.iou, result.boxes, result.allImages.images], [0.5, 3, 4]);
  });

  test("each of the seven rates has the lowest threshold that does not exceed it", () => {
    assert.deepEqual(
      result.allImages.points.map(({ rate }) => rate),
      [0.125, 0.25, 0.5, 1, 2, 4, 8],
    );
    assert.deepEqual(
      result.allImages.points.map(({ scoreThreshold }) => scoreThreshold),
      [0.9, 0.8, 0.5, 0.4, 0.4, 0.4, 0.4],
    );
    assert.deepEqual(
      result.allImages.points.map(({ sensitivity }) => sensitivity),
      [1 / 3, 1 / 3, 2 / 3, 1, 1, 1, 1],
    );
    assert.ok(Math.abs(result.allImages.mean - (1 / 3 + 1 / 3 + 2 / 3 + 4) / 7) < 1e-12);
  });

  test("tumor-free images: only their false positives, divided by their number", () => {
    const tumorFree = result.tumorFreeImages!;
    assert.equal(tumorFree.images, 2);
    assert.deepEqual(tumorFree.falsePositivesPerImage, [0, 1 / 2, 1 / 2, 1 / 2, 1]);
    assert.deepEqual(
      tumorFree.points.slice(0, 4).map(({ scoreThreshold }) => scoreThreshold),
      [0.9, 0.9, 0.5, 0.4],
    );
  });

  test("more tumor-free images change the curve of all images, not their own", () => {
    const twice = [...groundTruths, groundTruth("e", []), groundTruth("f", [])];
    const more = froc(twice, [
      ...detections,
      { imageId: "e", detections: detections[2].detections },
    ])!;
    assert.deepEqual(
      more.tumorFreeImages!.falsePositivesPerImage,
      result.tumorFreeImages!.falsePositivesPerImage,
    );
    assert.notDeepEqual(
      more.allImages.falsePositivesPerImage,
      result.allImages.falsePositivesPerImage,
    );
  });

  test("when every threshold exceeds a rate, nothing is found at this rate", () => {
    const noisy = [{ imageId: "c", detections: [detection(box(0), 0.8), detection(box(20), 0.8)] }];
    const [first, , third] = froc(groundTruths, noisy)!.allImages.points;
    assert.deepEqual(first, { rate: 0.125, sensitivity: 0, scoreThreshold: null });
    assert.deepEqual(third, { rate: 0.5, sensitivity: 0, scoreThreshold: 0.8 });
  });

  test("at a lower IoU a loose box is a hit", () => {
    const loose = [{ imageId: "b", detections: [detection([0, 0, 10, 3], 0.9)] }];
    assert.equal(froc(groundTruths, loose, { iou: 0.1 })!.allImages.mean, 1 / 3);
    assert.equal(froc(groundTruths, loose, { iou: 0.5 })!.allImages.mean, 0);
  });

  test("without boxes, without tumor-free images, without detections", () => {
    assert.equal(froc(groundTruths.slice(2), []), null);
    assert.equal(froc(groundTruths.slice(0, 2), detections.slice(0, 2))!.tumorFreeImages, null);
    const nothing = froc(groundTruths, [])!.allImages;
    assert.deepEqual(
      [nothing.mean, nothing.scoreThreshold.length, nothing.points[6].scoreThreshold],
      [0, 0, null],
    );
  });
});

test("every point equals the counts at its threshold, and every lower threshold exceeds the rate", () => {
  for (const example of pycocotoolsCases().slice(0, 20)) {
    const { groundTruths, detections } = unpack(example);
    const scores = detections.flatMap((image) => image.detections.map(({ score }) => score));
    const counts = Array.from(new Set(scores), (scoreThreshold) =>
      countsAtThreshold(groundTruths, detections, {
        scoreThreshold,
        classCount: example.classes,
        iou: 0.1,
      }),
    );
    const result = froc(groundTruths, detections, { iou: 0.1 });
    for (const [i, rate] of FROC_RATES.entries()) {
      const allowed = counts.filter(({ falsePositivesPerImage }) => falsePositivesPerImage <= rate);
      const expected = Math.max(0, ...allowed.map(({ recall }) => recall));
      assert.equal(result!.allImages.points[i].sensitivity, expected, `${example.name} at ${rate}`);
    }
  }
});

test("an image of weight 2 counts as two", () => {
  const copies = [
    ...groundTruths,
    { ...groundTruths[0], imageId: "a2" },
    { ...groundTruths[2], imageId: "c2" },
  ];
  const copied = [
    ...detections,
    { imageId: "a2", detections: detections[0].detections },
    { imageId: "c2", detections: detections[2].detections },
  ];
  const ranking = rankDetections(joinImages(groundTruths, detections), {
    classId: null,
    iouThresholds: [0.5],
  });
  assert.deepEqual(
    frocCurve(ranking, 0, { weights: [2, 1, 2, 1] }),
    froc(copies, copied)!.allImages,
  );
  const expected = froc(copies, copied)!.tumorFreeImages;
  assert.deepEqual(
    frocCurve(ranking, 0, { weights: [2, 1, 2, 1], counted: [0, 0, 1, 1] }),
    expected,
  );
});
