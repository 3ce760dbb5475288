import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { detectDataset } from "../../src/inference/detect-dataset";
import { computeMetrics } from "../../src/metrics/metrics";
import { loadRun } from "../../src/runs/run-weights";

const MODEL = join(__dirname, "../../data/models/accurate-sample");
const SAMPLE = join(__dirname, "../../data/sample");
/** A repository should not be larger than this for one model. */
const MAX_BYTES = 10e6;

test("the bundled model is small, was trained on the training patients of the sample only, and finds the tumors of the test split", async () => {
  assert.ok(statSync(join(MODEL, "weights.safetensors")).size < MAX_BYTES);
  const dataset = await openDataset(SAMPLE);
  const { detector, manifest } = await loadRun(MODEL);
  const { train, validation, test: testPart } = dataset.partition(manifest.config);
  assert.equal(manifest.config.preset, "accurate");
  assert.deepEqual(manifest.images, {
    train: train.images.map(({ id }) => id),
    validation: validation.images.map(({ id }) => id),
  });
  const metrics = computeMetrics(
    testPart!.groundTruths(),
    await detectDataset(detector, testPart!),
    dataset.classNames,
  );
  // The trained weights give 0.856. The 8-bit weights of the bundle may cost up to 0.01.
  const { AP, AP50 } = metrics.classAgnostic;
  assert.ok(AP! > 0.846, `AP ${AP}`);
  assert.ok(AP50! > 0.99, `AP50 ${AP50}`);
  detector.dispose();
});
