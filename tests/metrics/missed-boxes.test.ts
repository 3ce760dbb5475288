import assert from "node:assert/strict";
import { after, test } from "node:test";
import { averagePrecision } from "../../src/metrics/average-precision";
import { detectDataset } from "../../src/inference/detect-dataset";
import { presets } from "../../src/config/index";
import { traceBoxes } from "../../src/inference/trace-boxes";
import { missCauses, type TracedBox, type TracedBoxes } from "../../src/metrics/missed-boxes";
import type { Detector } from "../../src/detectors/detector";
import { tf } from "../../src/tensor/tensorflow";
import type { Box } from "../../src/types";
import { smallDetector } from "../detectors/small-detector";
import { smallDataset } from "../plots/cases";
import { detection } from "./cases";

const detector = smallDetector();
after(() => detector.dispose());

test("tracing returns the detections of detecting, and the path of every box", async () => {
  const dataset = await smallDataset();
  const tensors = tf.memory().numTensors;
  const traced = await traceBoxes(detector, dataset);
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(traced.detections, await detectDataset(detector, dataset));
  assert.deepEqual(
    traced.boxes.map(({ imageId, groundTruthIndex }) => [imageId, groundTruthIndex]),
    dataset.images.flatMap(({ id, annotations }) => annotations.map((_, i) => [id, i])),
  );
  // At a threshold above every score, all boxes are missed, each with a cause.
  const nothing = missCauses(traced, { scoreThreshold: 2 });
  assert.equal(nothing.missed.length, dataset.boxCount);
  assert.equal(nothing.covered.found, 0);
  assert.equal(
    nothing.costs.reduce((sum, { count }) => sum + count, 0),
    dataset.boxCount,
  );
});

test("a detector without two stages is rejected", async () => {
  await assert.rejects(
    traceBoxes({ config: presets.original } as Detector, await smallDataset()),
    /stages of the architecture 'original' cannot be followed/,
  );
});

/**
 * Two images with three boxes. The first box is found, the second is found with a low score, and
 * the third is not found.
 */
function traced(): TracedBoxes {
  const a: Box = [0, 0, 10, 10];
  const b: Box = [20, 20, 40, 40];
  const cover = (box: Box, iou: number, score: number) => ({ box, iou, score });
  const path = (
    groundTruth: Box,
    iou: number,
    hitScore: number | null,
  ): Omit<TracedBox, "imageId" | "groundTruthIndex"> => ({
    groundTruth,
    patient: "p",
    letterbox: { scale: 1, dx: 0, dy: 0, size: 64 },
    covers: {
      anchors: cover(groundTruth, iou, 0.5),
      candidates: cover(groundTruth, iou, 0.5),
      proposals: cover(groundTruth, iou, 0.5),
      "refined boxes": cover(groundTruth, hitScore === null ? 0 : iou, hitScore ?? 0),
      detections: null,
    },
    hitScore,
    hasNearCandidate: true,
  });
  const image = { patient: "p", width: 64, height: 64 };
  return {
    rule: { iou: 0.5, nearIou: 0.3 },
    groundTruths: [
      { imageId: "1", ...image, boxes: [a, b], classIds: [0, 1] },
      { imageId: "2", ...image, boxes: [a], classIds: [0] },
    ],
    detections: [
      {
        imageId: "1",
        detections: [detection(a, 0.9), detection([50, 50, 60, 60], 0.6), detection(b, 0.2)],
      },
      { imageId: "2", detections: [] },
    ],
    boxes: [
      { imageId: "1", groundTruthIndex: 0, ...path(a, 1, 0.9) },
      { imageId: "1", groundTruthIndex: 1, ...path(b, 1, 0.2) },
      { imageId: "2", groundTruthIndex: 0, ...path(a, 0.8, null) },
    ],
  };
}

test("a cause costs the gain in AP if its boxes were found", () => {
  const result = missCauses(traced(), { scoreThreshold: 0.5 });
  assert.deepEqual(
    result.missed.map(({ imageId, groundTruthIndex, cause }) => [imageId, groundTruthIndex, cause]),
    [
      ["1", 1, "foreground"],
      ["2", 0, "headBoxes"],
    ],
  );
  assert.deepEqual(
    Object.values(result.covered).map((share) => Math.round(3 * share)),
    [3, 3, 3, 2, 0, 1],
  );
  const costs = Object.fromEntries(
    result.costs.map(({ cause, count, ap }) => [cause, [count, ap]]),
  );
  const { groundTruths, detections } = traced();
  const [first, second] = groundTruths.map(({ boxes }) => boxes);
  const ap50 = (a: typeof detections) =>
    averagePrecision(groundTruths, a, { classAware: false }).AP50!;
  const now = ap50(detections);
  // By hand: the detection of low score moves to the front; a detection of the third box is added.
  const one = [
    { imageId: "1", detections: [detection(first[1], 1), ...detections[0].detections.slice(0, 2)] },
    detections[1],
  ];
  const other = [detections[0], { imageId: "2", detections: [detection(second[0], 1)] }];
  assert.deepEqual(costs.foreground, [1, ap50(one) - now]);
  assert.deepEqual(costs.headBoxes, [1, ap50(other) - now]);
  assert.ok(ap50(one) > now && ap50(other) > now);
  assert.deepEqual(costs.anchors, [0, 0]);
});
