import assert from "node:assert/strict";
import { after, test } from "node:test";
import { averagePrecision } from "../../src/metrics/average-precision";
import { detectDataset } from "../../src/inference/detect-dataset";
import { rpnAccuracy } from "../../src/detectors/original/accuracy";
import { originalMetrics } from "../../src/inference/original-metrics";
import { smallDetector } from "../detectors/small-detector";
import { smallDataset } from "../plots/cases";

const detector = smallDetector();
after(() => detector.dispose());

test("RPN accuracy counts anchors on the right side of 0.5; a silent RPN is right on negatives", () => {
  const image = {
    positives: Int32Array.from([0, 1]),
    negatives: Int32Array.from([2, 3, 4, 5]),
    objectness: Float32Array.from([2, -1, -3, 4, -1, -1]),
  };
  assert.equal(rpnAccuracy([image]), 4 / 6);
  assert.equal(
    rpnAccuracy([{ ...image, objectness: image.objectness.map(() => -Infinity) }]),
    4 / 6,
  );
});

test("the silent accuracy is the share of negatives, and AP50 equals that of averagePrecision", async () => {
  const dataset = await smallDataset();
  const options = { scoreThreshold: 0.1, seed: 3 };
  const metrics = await originalMetrics(detector, dataset, options);
  assert.deepEqual(await originalMetrics(detector, dataset, options), metrics);
  assert.ok(metrics.silentRpnAccuracy > 0.5 && metrics.silentRpnAccuracy < 1);
  const found = await detectDataset(detector, dataset);
  assert.equal(
    metrics.ap50,
    averagePrecision(dataset.groundTruths(), found, { classAware: false }).AP50,
  );
});
