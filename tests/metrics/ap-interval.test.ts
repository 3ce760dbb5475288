import assert from "node:assert/strict";
import test from "node:test";
import { apIntervals } from "../../src/metrics/ap-interval";
import { summaryIntervals } from "../../src/metrics/bootstrap";
import { Random } from "../../src/util/random";
import type { Box, ImageDetections, ImageGroundTruth } from "../../src/types";

/**
 * Images of `patients` patients, two each, with one box. Each box is found more or less well, and
 * each image has a false positive.
 */
function cases(patients: number): {
  groundTruths: ImageGroundTruth[];
  detections: ImageDetections[];
} {
  const random = new Random("cases");
  const groundTruths: ImageGroundTruth[] = [];
  const detections: ImageDetections[] = [];
  for (let i = 0; i < 2 * patients; i++) {
    const box: Box = [10, 10, 30, 30];
    const shift = random.uniform(0, 12);
    groundTruths.push({
      imageId: `${i}`,
      patient: `${i >> 1}`,
      width: 64,
      height: 64,
      boxes: [box],
      classIds: [0],
    });
    const found = [
      [10 + shift, 10, 30 + shift, 30],
      [40, 40, 60, 60],
    ] as unknown as Box[];
    detections.push({
      imageId: `${i}`,
      detections: found.map((place) => ({
        box: place,
        score: random.uniform(0, 1),
        classProbabilities: [1],
        classId: 0,
      })),
    });
  }
  return { groundTruths, detections };
}

test("the quick intervals equal those of a report with the same seed and number of resamples", () => {
  const { groundTruths, detections } = cases(7);
  const quick = apIntervals(groundTruths, detections, { seed: 5, resamples: 60 });
  const { figures } = summaryIntervals(
    groundTruths,
    { detections, scoreThreshold: 0.5 },
    { seed: 5, resamples: 60 },
  );
  for (const name of ["AP", "AP50"] as const) {
    const { low, high, resamples } = figures.find(
      (metric) => metric.name === `class-agnostic ${name}`,
    )!;
    assert.deepEqual(quick[name], { low, high, resamples });
    assert.ok(low! < high!);
  }
  assert.equal(quick.patients, 7);
});

test("one patient, or no box, has no interval", () => {
  const none = { low: null, high: null, resamples: 0 };
  const one = cases(1);
  assert.deepEqual(apIntervals(one.groundTruths, one.detections, { seed: 5 }).AP, none);
  const { groundTruths, detections } = cases(3);
  const empty = groundTruths.map((image) => ({ ...image, boxes: [], classIds: [] }));
  const { AP, AP50 } = apIntervals(empty, detections, { seed: 5 });
  assert.deepEqual([AP, AP50], [none, none]);
});
