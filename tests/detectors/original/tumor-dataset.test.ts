import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { boxCount, flattenBoxes } from "../../../src/boxes/box";
import { mapTarget, samplesToTensor } from "../../../src/data/augment";
import { openDataset } from "../../../src/data/dataset";
import { OriginalDetector } from "../../../src/detectors/original/original-detector";
import { anchorTargets, TumorDataset } from "../../../src/detectors/original/tumor-dataset";
import type { StepTrace } from "../../../src/detectors/faster-rcnn/training-trace";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { SIZE } from "../small-detector";
import { quarters, smallOriginalConfig as config } from "./small-original";

const SAMPLE = join(__dirname, "../../../data/sample");

test("each item has the boxes of its label file and the targets that training uses", async () => {
  const dataset = await openDataset(SAMPLE);
  const detector = new OriginalDetector(config, ["a", "b"], quarters());
  const items = new TumorDataset(dataset, detector.anchors, config);
  assert.equal(items.length, dataset.images.length);
  const index = dataset.images.findIndex(({ annotations }) => annotations.length > 0);
  const item = await items.item(index);
  assert.equal(item.sample.record, dataset.images[index]);
  assert.equal(item.sample.boxes.length, dataset.images[index].annotations.length);
  assert.equal(item.labels.length, boxCount(detector.anchors));
  assert.ok(item.labels.includes(1), "every box has a positive anchor");

  const images = samplesToTensor([item.sample]);
  const features = detector.frozenFeatures(images);
  let trace: StepTrace | null = null;
  tf.tidy(() => {
    const targets = [mapTarget(item.sample, null, SIZE)];
    const options = { random: new Random(1), withTrace: true };
    trace = detector.losses(features, targets, options).trace;
  });
  const [{ anchorAssignment, anchorIou, positives, negatives }] = trace!.images;
  assert.deepEqual(item.assignment, anchorAssignment);
  assert.deepEqual(item.iou, anchorIou);
  assert.ok(positives.every((i) => item.labels[i] === 1));
  assert.ok(negatives.every((i) => item.labels[i] === 0));
  tf.dispose([images, features]);
  detector.dispose();
});

test("without boxes every anchor is negative and has no class", () => {
  const anchors = flattenBoxes([
    [0, 0, 10, 10],
    [20, 20, 30, 30],
  ]);
  const target = { boxes: new Float32Array(), classIds: new Int32Array() };
  const { labels, classIds, deltas } = anchorTargets(anchors, target, config.rpn);
  assert.deepEqual(
    [[...labels], [...classIds]],
    [
      [0, 0],
      [-1, -1],
    ],
  );
  assert.ok(deltas.every((delta) => delta === 0));
});
