/** Long computations report their progress, and stop when their signal is aborted. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Dataset } from "../../src/data/dataset";
import { detectDataset } from "../../src/inference/detect-dataset";
import { detectVolume } from "../../src/inference/detect-volume";
import { originalMetrics } from "../../src/inference/original-metrics";
import type { ProgressOptions } from "../../src/inference/progress-options";
import { traceBoxes } from "../../src/inference/trace-boxes";
import { traceDataset } from "../../src/inference/trace-dataset";
import { tf } from "../../src/tensor/tensorflow";
import { openFixture } from "../data/volumes/reference";
import { smallDetector } from "../detectors/small-detector";
import { smallDataset } from "../plots/cases";

const detector = smallDetector();
after(() => detector.dispose());

/** More images than go through the detector together. */
async function manyImages(): Promise<Dataset> {
  const dataset = await smallDataset();
  const images = Array.from({ length: 5 }, (_, copy) =>
    dataset.images.map((image) => ({ ...image, id: `${copy}/${image.id}` })),
  ).flat();
  return Object.assign(Object.create(dataset) as Dataset, { images });
}

const COMPUTATIONS: Readonly<
  Record<string, (dataset: Dataset, options: ProgressOptions) => Promise<unknown>>
> = {
  detectDataset: (dataset, options) => detectDataset(detector, dataset, options),
  traceDataset: async (dataset, options) => {
    for await (const _ of traceDataset(detector, dataset, options)) void _;
  },
  traceBoxes: (dataset, options) => traceBoxes(detector, dataset, { iou: 0.75, ...options }),
  originalMetrics: (dataset, options) =>
    originalMetrics(detector, dataset, { scoreThreshold: 0.5, seed: 1, ...options }),
};

for (const [name, compute] of Object.entries(COMPUTATIONS)) {
  test(`${name}: reports every batch, and stops after the batch in which the signal is aborted`, async () => {
    const dataset = await manyImages();
    const total = dataset.images.length;
    const progress: number[][] = [];
    const onProgress = (done: number, all: number) => progress.push([done, all]);
    await compute(dataset, { onProgress });
    assert.deepEqual(progress, [
      [8, total],
      [16, total],
      [total, total],
    ]);

    const controller = new AbortController();
    const reason = new Error("the user stopped it");
    const tensors = tf.memory().numTensors;
    let batches = 0;
    const options = {
      signal: controller.signal,
      onProgress: () => {
        if (++batches === 2) controller.abort(reason);
      },
    };
    await assert.rejects(compute(dataset, options), reason);
    assert.equal(batches, 2);
    await assert.rejects(compute(dataset, options), reason, "an aborted signal starts nothing");
    assert.equal(batches, 2);
    assert.equal(tf.memory().numTensors, tensors);
  });
}

test("detectVolume: reports every batch of slices, and stops when the signal is aborted", async () => {
  const volume = await openFixture("flipped.nii");
  const slices = Array.from({ length: 3 }, () => volume.slices).flat();
  const long = { ...volume, slices };
  const controller = new AbortController();
  const reason = new Error("the user stopped it");
  const progress: number[][] = [];
  const options = {
    signal: controller.signal,
    onProgress: (done: number, total: number) => {
      progress.push([done, total]);
      controller.abort(reason);
    },
  };
  await assert.rejects(detectVolume(detector, long, options), reason);
  assert.deepEqual(progress, [[8, slices.length]]);
});
