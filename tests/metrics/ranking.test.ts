import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  COCO_IOU_THRESHOLDS,
  COCO_MAX_DETECTIONS,
  presentClasses,
} from "../../src/metrics/average-precision";
import { joinImages } from "../../src/metrics/matching";
import { meanOfPresent } from "../../src/metrics/mean-of-present";
import {
  boxesToFind,
  interpolatedPrecision,
  linspace,
  OUTCOME,
  rankDetections,
  recallOf,
} from "../../src/metrics/ranking";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { pycocotoolsCases, READINGS, unpack } from "./pycocotools";

const TOLERANCE = 1e-9;

/** Null, the value of a metric that does not exist, is close to null only. */
function assertClose(actual: number | null, expected: number | null, what: string): void {
  const isClose =
    actual === null || expected === null
      ? actual === expected
      : Math.abs(actual - expected) <= TOLERANCE;
  assert.ok(isClose, `${what}: ${actual}, expected ${expected}`);
}

describe("weighted images equal copies of the images in pycocotools", () => {
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
            assertClose(AP, expected.byIou[t], `${reading} ${iou}`);
          });
          const recalls = rankings.flatMap((ranking) =>
            COCO_IOU_THRESHOLDS.map((_, t) => recallOf(ranking, t, { perImage: 10, weights })),
          );
          assertClose(meanOfPresent(recalls), expected.AR10, `${reading} AR10`);
        }
      }
    });
  }

  test("there are enough different resamples", () => {
    const values = resampled.flatMap(({ resamples }) =>
      resamples!.map(({ classAware }) => classAware.AP!.toFixed(4)),
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
  assert.equal(recallOf(ranking, 0, { perImage: 1 }), 2 / 3);
  assert.equal(recallOf(ranking, 0, { perImage: 1, weights: [3, 1] }), 4 / 5);
  assert.equal(recallOf(ranking, 0, { perImage: 1, weights: [0, 0] }), null);
  assert.equal(interpolatedPrecision(ranking, 0, [0, 0]), null);
});

test("boxes outside the area range are matched only when no other box is left", () => {
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
  // The first detection takes the small box, although the large one fits better. The second takes
  // the ignored box. The third is too large to count as a miss.
  assert.deepEqual(Array.from(ranking.outcomes[0]), [
    OUTCOME.hit,
    OUTCOME.ignored,
    OUTCOME.ignored,
  ]);
  assert.equal(boxesToFind(ranking), 1);
});

test("a detection that finds an ignored box is no miss, and a second one of that box is", () => {
  const large: Box = [0, 0, 12, 12];
  const inside: Box = [0, 0, 12, 7];
  const images = joinImages(
    [groundTruth("a", [large, [50, 50, 60, 60]])],
    [
      {
        imageId: "a",
        detections: [
          detection(inside, 0.9),
          detection(inside, 0.8),
          detection([50, 50, 60, 60], 0.7),
        ],
      },
    ],
  );
  const ranking = rankDetections(images, {
    classId: null,
    iouThresholds: [0.5],
    area: { min: 0, max: 100 },
  });
  const { ignored, miss, hit } = OUTCOME;
  assert.deepEqual(Array.from(ranking.outcomes[0]), [ignored, miss, hit]);
  // The ignored detection costs no precision; the miss does.
  assertClose(interpolatedPrecision(ranking, 0), 1 / 2, "AP50");
});

test("boxes of exactly the smallest and the largest area are inside the range", () => {
  for (const area of [
    { min: 100, max: 200 },
    { min: 50, max: 100 },
  ])
    assert.equal(
      boxesToFind(
        rankDetections(joinImages([groundTruth("a", [box(0)])], []), {
          classId: null,
          iouThresholds: [0.5],
          area,
        }),
      ),
      1,
    );
  const images = joinImages([groundTruth("a", [box(0)])], []);
  const area = { min: 101, max: 200 };
  const ranking = rankDetections(images, { classId: null, iouThresholds: [0.5], area });
  assert.equal(boxesToFind(ranking), 0);
});

test("evenly spaced numbers end with exactly the last one", () => {
  assert.equal(linspace(0.2, 0.9, 8).at(-1), 0.9);
  assert.equal(linspace(0.2, 0.9, 8).length, 8);
});
