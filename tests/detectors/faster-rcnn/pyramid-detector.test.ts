/** The whole detector with a feature pyramid, on images of bright squares. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorLevels } from "../../../src/boxes/anchor-levels";
import { boxCount, iou } from "../../../src/boxes/box";
import { type Config, configure } from "../../../src/config/index";
import { mapTarget, samplesToTensor } from "../../../src/data/augment";
import type { Detector } from "../../../src/detectors/detector";
import { RpnOnly } from "../../../src/detectors/faster-rcnn/rpn-only";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { AdamOptimizer } from "../../../src/training/optimizer";
import { SIZE, smallConfig, smallDetector, squareSample } from "../small-detector";

const pyramid = configure(smallConfig, {
  neck: { kind: "pyramid", levels: [3, 4, 5, 6], channels: 16, groups: 4, canonicalSize: null },
  anchors: { sizes: [12, 20, 34, 58] },
});
const oneStage = configure(pyramid, { head: { stages: pyramid.head.stages.slice(0, 1) } });

/** Trains on one image. Returns the first and the last loss. */
function memorize(detector: Detector, steps: number): [number, number] {
  const sample = squareSample(5, 2);
  const images = samplesToTensor([sample]);
  const features = detector.frozenFeatures(images);
  const optimizer = new AdamOptimizer(detector.config.training);
  const random = new Random(3);
  const variables = detector.variables();
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const losses: number[] = [];
  const tensors: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { value, grads } = tf.variableGrads(
      () => detector.losses(features, [mapTarget(sample, null, SIZE)], { random }).total,
      Object.values(variables),
    );
    const gradients = Object.entries(grads).map(([name, grad]) => [names.get(name)!, grad]);
    optimizer.apply(variables, Object.fromEntries(gradients), () => 5e-3);
    losses.push(value.dataSync()[0]);
    tf.dispose([value, grads]);
    tensors.push(tf.memory().numTensors);
  }
  assert.equal(tensors.at(-1), tensors[0], "no tensor remains after a step");
  tf.dispose([images, features]);
  optimizer.dispose();
  return [losses[0], losses.at(-1)!];
}

const cases: Readonly<Record<string, Config>> = { "two stages": pyramid, "one stage": oneStage };
for (const [name, config] of Object.entries(cases)) {
  test(`with ${name}, the detector can memorize one image`, () => {
    const before = tf.memory().numTensors;
    const detector = smallDetector(config);
    const [first, last] = memorize(detector, 200);
    assert.ok(last < first / 4, `loss ${first} -> ${last}`);
    const sample = squareSample(5, 2);
    const images = samplesToTensor([sample]);
    const features = detector.frozenFeatures(images);
    const [detections] = detector.detectFeatures(features);
    for (const [i, box] of sample.boxes.entries()) {
      const best = detections.find((found) => iou(found.box, box) > 0.7 && found.score > 0.7);
      assert.ok(best, `no detection on ${box.join()}: ${JSON.stringify(detections.slice(0, 3))}`);
      assert.equal(best.classId, sample.classIds[i]);
    }
    tf.dispose([images, features]);
    detector.dispose();
    assert.equal(tf.memory().numTensors, before, "no tensor remains");
  });
}

test("the trace has the anchors of all levels, and candidates of each of them", () => {
  const detector = smallDetector(pyramid);
  assert.deepEqual(
    detector.anchorGrids.map(({ stride, rows }) => [stride, rows]),
    [
      [8, 8],
      [16, 4],
      [32, 2],
      [64, 1],
    ],
  );
  const count = boxCount(detector.anchors);
  assert.equal(count, 64 + 16 + 4 + 1);
  const images = samplesToTensor([squareSample(1, 2), squareSample(2, 1)]);
  const features = detector.frozenFeatures(images);
  const before = tf.memory().numTensors;
  const traces = detector.traceDetections(features);
  assert.equal(tf.memory().numTensors, before, "no tensor remains");
  const levels = anchorLevels(detector.anchorGrids, count);
  for (const { objectness, candidateAnchors, proposals } of traces) {
    assert.equal(objectness.length, count);
    for (const { start, count: size } of levels)
      assert.ok(
        candidateAnchors.some((anchor) => anchor >= start && anchor < start + size),
        `a candidate from anchor ${start} to ${start + size}`,
      );
    assert.ok(boxCount(proposals) <= pyramid.rpn.proposalsAfterNms);
  }
  tf.dispose([images, features]);
  detector.dispose();
});

test("the feature maps are those of the backbone, then one for each level", () => {
  const detector = smallDetector(pyramid);
  const images = samplesToTensor([squareSample(1, 1)]);
  const features = detector.frozenFeatures(images);
  const { maps, regions } = detector.featureMaps(features, Float32Array.of(5, 6, 30, 40));
  assert.deepEqual(
    maps.map(({ name, height, stride }) => [name, height * stride]),
    [
      ...[8, 16, 32].map((stride) => [`backbone, stride ${stride}`, SIZE]),
      ...[8, 16, 32, 64].map((stride) => [`neck, stride ${stride}`, SIZE]),
    ],
  );
  assert.equal(regions.length, 1);
  tf.dispose([images, features]);
  detector.dispose();
});

test("the region proposal network alone can be trained and detects", () => {
  const detector = smallDetector(pyramid);
  const proposalsOnly = new RpnOnly(detector);
  const [first, last] = memorize(proposalsOnly, 40);
  assert.ok(last < first, `loss ${first} -> ${last}`);
  const images = samplesToTensor([squareSample(5, 2)]);
  const features = proposalsOnly.frozenFeatures(images);
  assert.ok(proposalsOnly.detectFeatures(features)[0].length > 0);
  tf.dispose([images, features]);
  detector.dispose();
});
