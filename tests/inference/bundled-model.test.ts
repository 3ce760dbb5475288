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
/** What a repository can carry for every clone. */
const MOST_BYTES = 10e6;

test("the bundled model is small, was trained on the sample's training patients alone, and finds the test split's tumors tightly", async () => {
  assert.ok(statSync(join(MODEL, "weights.safetensors")).size < MOST_BYTES);
  const dataset = await openDataset(SAMPLE);
  const { detector, manifest } = await loadRun(MODEL);
  const { train, validation, test: judged } = dataset.partition(manifest.config);
  assert.equal(manifest.config.preset, "accurate");
  assert.deepEqual(manifest.images, {
    train: train.images.map(({ id }) => id),
    validation: validation.images.map(({ id }) => id),
  });
  const metrics = computeMetrics(
    judged!.groundTruths(),
    await detectDataset(detector, judged!),
    dataset.classNames,
  );
  // Trained weights give 0.856; with 8-bit weights it must not fall by more than a hundredth.
  assert.ok(metrics.classAgnostic.AP > 0.846, `AP ${metrics.classAgnostic.AP}`);
  assert.ok(metrics.classAgnostic.AP50 > 0.99, `AP50 ${metrics.classAgnostic.AP50}`);
  detector.dispose();
});
