import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  COCO_IOU_THRESHOLDS,
  COCO_MAX_DETECTIONS,
  presentClasses,
} from "../../src/metrics/average-precision";
import { meanOfPresent } from "../../src/metrics/coco-metrics";
import { joinImages } from "../../src/metrics/matching";
import {
  boxesToFind,
  interpolatedPrecision,
  OUTCOME,
  rankDetections,
  recallOf,
} from "../../src/metrics/ranking";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { pycocotoolsCases, READINGS, unpack } from "./pycocotools";

const TOLERANCE = 1e-9;

describe("images with weights against pycocotools on copies of the images", () => {
  const resampled = pycocotoolsCases().filter(({ resamples }) => resamples);
  for (const example of resampled) {
    test(example.name, () => {
      const { groundTruths, detections } = unpack(example);
      const images = joinImages(groundTruths, detections);
      for (const reading of READINGS) {
        const classes = reading === "classAware" ? presentClasses(groundTruths) : [null];
        const rankings = classes.map((classId) =>
          rankDetections(images, {
            classId,
            iouThresholds: COCO_IOU_THRESHOLDS,
            maxDetections: COCO_MAX_DETECTIONS,
          }),
        );
        for (const { weights, ...answers } of example.resamples!) {
          const expected = answers[reading];
          COCO_IOU_THRESHOLDS.forEach((iou, t) => {
            const AP = meanOfPresent(
              rankings.map((ranking) => interpolatedPrecision(ranking, t, weights)),
            );
            assert.ok(
              Math.abs(AP - expected.byIou[t]) <= TOLERANCE,
              `${reading} ${iou}: ${AP}, ${expected.byIou[t]}`,
            );
          });
          const recalls = rankings.flatMap((ranking) =>
            COCO_IOU_THRESHOLDS.map((_, t) => recallOf(ranking, t, 10, weights)),
          );
          assert.ok(
            Math.abs(meanOfPresent(recalls) - expected.AR10) <= TOLERANCE,
            `${reading} AR10`,
          );
        }
      }
    });
  }

  test("there are resamples, and they differ", () => {
    const values = resampled.flatMap(({ resamples }) =>
      resamples!.map(({ classAware }) => classAware.AP.toFixed(4)),
    );
    assert.ok(new Set(values).size >= 8, values.join());
  });
});

const box = (x: number): Box => [x, 0, x + 10, 10];

test("a ranking by hand: scores, images, places and outcomes", () => {
  const images = joinImages(
    [groundTruth("a", [box(0)]), groundTruth("b", [box(0), box(20)])],
    [
      { imageId: "a", detections: [detection(box(50), 0.4), detection(box(0), 0.9)] },
      {
        imageId: "b",
        detections: [detection(box(20), 0.9), detection(box(0), 0.7), detection(box(0), 0.1)],
      },
    ],
  );
  const ranking = rankDetections(images, { classId: null, iouThresholds: [0.5], maxDetections: 2 });
  assert.deepEqual(ranking.scores, [0.9, 0.9, 0.7, 0.4]);
  assert.deepEqual(Array.from(ranking.images), [0, 1, 1, 0]);
  assert.deepEqual(Array.from(ranking.places), [0, 0, 1, 1]);
  assert.deepEqual(Array.from(ranking.outcomes[0]), [
    OUTCOME.hit,
    OUTCOME.hit,
    OUTCOME.hit,
    OUTCOME.miss,
  ]);
  assert.deepEqual([boxesToFind(ranking), boxesToFind(ranking, [3, 1])], [3, 5]);
  assert.equal(recallOf(ranking, 0, 1), 2 / 3);
  assert.equal(recallOf(ranking, 0, 1, [3, 1]), 4 / 5);
  assert.equal(recallOf(ranking, 0, 1, [0, 0]), -1);
  assert.equal(interpolatedPrecision(ranking, 0, [0, 0]), -1);
});

test("boxes outside the area range are ignored, but another box is preferred to them", () => {
  const small: Box = [0, 0, 10, 10];
  const large: Box = [0, 0, 12, 12];
  const images = joinImages(
    [groundTruth("a", [large, small])],
    [
      {
        imageId: "a",
        detections: [detection(large, 0.9), detection(large, 0.8), detection(large, 0.7)],
      },
    ],
  );
  const ranking = rankDetections(images, {
    classId: null,
    iouThresholds: [0.5],
    area: { min: 0, max: 100 },
  });
  // The small box is taken though the large one fits better; the second takes the ignored one; the
  // third is itself too large to be wrong.
  assert.deepEqual(Array.from(ranking.outcomes[0]), [
    OUTCOME.hit,
    OUTCOME.ignored,
    OUTCOME.ignored,
  ]);
  assert.equal(boxesToFind(ranking), 1);
});
