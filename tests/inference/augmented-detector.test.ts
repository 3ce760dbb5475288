import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { configure, type Overrides, type Config } from "../../src/config/index";
import { samplesToTensor } from "../../src/data/augment";
import { FasterRCNN } from "../../src/detectors/faster-rcnn/faster-rcnn";
import type { Detector } from "../../src/detectors/detector";
import { AugmentedDetector, chooseViews } from "../../src/inference/augmented-detector";
import { detectDataset } from "../../src/inference/detect-dataset";
import { inspectImage } from "../../src/inference/inspection";
import { tf } from "../../src/tensor/tensorflow";
import { smallDataset } from "../plots/cases";
import {
  meanBackbone,
  smallConfig,
  smallDetector,
  squareSample,
} from "../detectors/small-detector";

function detectorFor(changes: Overrides<Config>, classNames = ["a", "b"]): FasterRCNN {
  const config = configure(configure(smallConfig, { augmentation: { copies: 2 } }), changes);
  return new FasterRCNN(config, classNames, meanBackbone());
}

test("mirror images are left out where names have sides, or training had no mirror images", () => {
  const cases: [Overrides<Config>, string[], number, RegExp][] = [
    [{}, ["a", "b"], 4, /means over 4 views \(the image, its mirror image, .* by 4 pixels/],
    [
      {},
      ["left lung", "nodule"],
      2,
      /no mirror image, because class names name a side \(left lung/,
    ],
    [{ augmentation: { flip: 0 } }, ["a", "b"], 2, /was not trained on mirror images/],
    [{ augmentation: { copies: 0 } }, ["a", "b"], 2, /was not trained on mirror images/],
  ];
  for (const [changes, classNames, count, text] of cases) {
    const detector = detectorFor(changes, classNames);
    const choice = chooseViews(detector);
    assert.equal(choice.views.length, count);
    assert.equal(
      choice.views.some(({ isMirrored }) => isMirrored),
      count === 4,
    );
    assert.match(choice.text, text);
    detector.dispose();
  }
});

test("proposals are those of the image itself, and boxes and scores differ from one view's", () => {
  const detector = detectorFor({});
  const augmented = new AugmentedDetector(detector);
  const images = samplesToTensor([squareSample(3, 2), squareSample(4, 1)]);
  const features = detector.frozenFeatures(images);
  const allFeatures = augmented.frozenFeatures(images);
  assert.equal(allFeatures.length, 4 * features.length);
  for (const tensor of allFeatures) assert.equal(tensor.shape[0], 2);
  const plain = detector.traceDetections(features);
  const averaged = augmented.traceDetections(allFeatures);
  averaged.forEach((trace, i) => {
    assert.deepEqual(trace.objectness, plain[i].objectness);
    assert.deepEqual(trace.proposals, plain[i].proposals);
    assert.notDeepEqual(trace.foreground, plain[i].foreground);
    assert.notDeepEqual(trace.stages[0].boxes, plain[i].stages[0].boxes);
  });
  assert.deepEqual(
    augmented.detectFeatures(allFeatures),
    averaged.map(({ detections }) => detections),
  );
  tf.dispose([images, features, allFeatures]);
  augmented.dispose();
});

test("an augmented detector works where a detector does, and leaves no tensors behind", async () => {
  const detector = detectorFor({});
  const augmented = new AugmentedDetector(detector);
  const dataset = await smallDataset();
  await detectDataset(augmented, dataset);
  const before = tf.memory().numTensors;
  const found = await detectDataset(augmented, dataset);
  const { trace } = await inspectImage(augmented, dataset.images[0]);
  assert.equal(tf.memory().numTensors, before);
  assert.equal(found.length, dataset.images.length);
  assert.ok(trace.detections.length > 0);
  assert.notDeepEqual(found, await detectDataset(detector, dataset));
  assert.deepEqual(augmented.variables(), detector.variables());
  assert.match(inspect(augmented), /^Detector cascade-rcnn .* Test-time augmentation: /);
  augmented.dispose();
});

test("a detector without views is refused by its architecture", () => {
  const detector = smallDetector();
  const original = {
    config: { ...smallConfig, architecture: "original" },
    classNames: ["a"],
  } as unknown as Detector;
  assert.throws(
    () => new AugmentedDetector(original),
    /architecture 'original' has no test-time augmentation: use a preset of 'cascade-rcnn'/,
  );
  detector.dispose();
});
