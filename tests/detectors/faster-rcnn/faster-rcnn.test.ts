import assert from "node:assert/strict";
import test from "node:test";
import { iou } from "../../../src/boxes/box";
import { configure } from "../../../src/config/index";
import { RpnOnly } from "../../../src/detectors/faster-rcnn/rpn-only";
import { mapTarget, samplesToTensor } from "../../../src/data/augment";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { AdamOptimizer } from "../../../src/training/optimizer";
import type { Sample } from "../../../src/types";
import { SIZE, smallConfig, smallDetector, squareSample } from "../small-detector";

function step(
  detector: ReturnType<typeof smallDetector>,
  samples: Sample[],
  optimizer: AdamOptimizer,
  random: Random,
) {
  const images = samplesToTensor(samples);
  const features = detector.frozenFeatures(images);
  const targets = samples.map((sample) => mapTarget(sample, null, SIZE));
  const variables = detector.variables();
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const { value, grads } = tf.variableGrads(
    () => detector.losses(features, targets, { random }).total,
    Object.values(variables),
  );
  const gradients = Object.fromEntries(
    Object.entries(grads).map(([name, grad]) => [names.get(name)!, grad]),
  );
  optimizer.apply(variables, gradients, () => 5e-3);
  const loss = value.dataSync()[0];
  tf.dispose([images, features, value, grads]);
  return loss;
}

test("the detector can memorize one image: it finds the boxes and classes of both squares", () => {
  const detector = smallDetector();
  const optimizer = new AdamOptimizer(smallConfig.training);
  const random = new Random(3);
  const sample = squareSample(5, 2);
  const first = step(detector, [sample], optimizer, random);
  let last = first;
  for (let i = 0; i < 200; i++) last = step(detector, [sample], optimizer, random);
  assert.ok(last < first / 4, `loss ${first} -> ${last}`);

  const images = samplesToTensor([sample]);
  const features = detector.frozenFeatures(images);
  const [detections] = detector.detectFeatures(features);
  for (const [i, box] of sample.boxes.entries()) {
    const best = detections.find(
      (detection) => iou(detection.box, box) > 0.7 && detection.score > 0.7,
    );
    assert.ok(best, `no detection on ${box.join()}: ${JSON.stringify(detections.slice(0, 3))}`);
    assert.equal(best.classId, sample.classIds[i]);
  }
  tf.dispose([images, features]);
  detector.dispose();
});

test("no tensor remains after a step, and images without boxes have a finite loss", () => {
  const detector = smallDetector();
  const optimizer = new AdamOptimizer(smallConfig.training);
  const random = new Random(1);
  const batches = [
    [squareSample(1, 1), squareSample(2, 0)],
    [squareSample(3, 0), squareSample(4, 0)],
  ];
  for (const batch of [...batches, ...batches]) step(detector, batch, optimizer, random);
  const before = tf.memory().numTensors;
  for (const batch of [...batches, ...batches]) {
    assert.ok(Number.isFinite(step(detector, batch, optimizer, random)));
    assert.equal(tf.memory().numTensors, before);
  }
  const images = samplesToTensor(batches[0]);
  const features = detector.frozenFeatures(images);
  detector.detectFeatures(features);
  tf.dispose([images, features]);
  assert.equal(tf.memory().numTensors, before);
  optimizer.dispose();
  detector.dispose();
});

test("a weight for each class is needed; with weights the class loss changes", () => {
  const weighted = (classWeights: number[]) => configure(smallConfig, { head: { classWeights } });
  assert.throws(() => smallDetector(weighted([1])), /1 weights for 2 classes \(a, b\)/);
  const sample = squareSample(5, 2);
  const images = samplesToTensor([sample]);
  const [plain, doubled] = [smallConfig, weighted([2, 2])].map((config) => {
    const detector = smallDetector(config);
    const features = detector.frozenFeatures(images);
    const targets = [mapTarget(sample, null, SIZE)];
    const value = tf.tidy(() =>
      detector.losses(features, targets, { random: new Random(1) }).terms.class.clone(),
    );
    const [loss] = value.dataSync();
    tf.dispose([value, features]);
    detector.dispose();
    return loss;
  });
  assert.ok(Math.abs(doubled - 2 * plain) < 1e-5);
  images.dispose();
});

test("detection can use other numbers of proposals than training, whose losses stay the same", () => {
  const sample = squareSample(5, 2);
  const images = samplesToTensor([sample]);
  const targets = [mapTarget(sample, null, SIZE)];
  const results = [{}, { proposalsBeforeNms: 30, proposalsAfterNms: 4 }].map((inference) => {
    const detector = smallDetector(configure(smallConfig, { inference }));
    const features = detector.frozenFeatures(images);
    const loss = tf.tidy(
      () => detector.losses(features, targets, { random: new Random(1) }).total.dataSync()[0],
    );
    const [{ candidateScores, proposals }] = detector.traceDetections(features);
    const only = new RpnOnly(detector).detectFeatures(features)[0].length;
    tf.dispose(features);
    detector.dispose();
    return { loss, candidates: candidateScores.length, proposals: proposals.length / 4, only };
  });
  const [training, detection] = results;
  assert.equal(detection.loss, training.loss);
  const { proposalsBeforeNms, proposalsAfterNms } = smallConfig.rpn;
  assert.deepEqual([training.candidates, training.proposals], [proposalsBeforeNms, training.only]);
  assert.ok(training.proposals > 4 && training.proposals <= proposalsAfterNms);
  assert.deepEqual([detection.candidates, detection.proposals, detection.only], [30, 4, 4]);
  images.dispose();
});

test("without proposals the head is trained with the ground truth, and nothing is detected", () => {
  const detector = smallDetector(configure(smallConfig, { rpn: { minScore: 1.1 } }));
  const loss = step(
    detector,
    [squareSample(1, 1)],
    new AdamOptimizer(smallConfig.training),
    new Random(1),
  );
  assert.ok(Number.isFinite(loss));
  const images = samplesToTensor([squareSample(1, 1)]);
  const features = detector.frozenFeatures(images);
  assert.deepEqual(detector.detectFeatures(features), [[]]);
  tf.dispose([images, features]);
  detector.dispose();
});

test("logits and anchors have the same order: the anchor of the highest logit is the first candidate", () => {
  const detector = smallDetector();
  const anchorCount = detector.anchors.length / 4;
  for (const index of [0, 17, 45, anchorCount - 1]) {
    const perCell = smallConfig.anchors.sizes.length;
    const [{ stride, columns }] = detector.anchorGrids;
    assert.equal(columns, SIZE / stride);
    const [row, column, shape] = [
      Math.floor(index / perCell / columns),
      Math.floor(index / perCell) % columns,
      index % perCell,
    ];
    const map = tf.buffer([1, columns, columns, perCell]);
    map.set(9, 0, row, column, shape);
    const objectness = map.toTensor().reshape([1, -1]) as tf.Tensor2D;
    const boxDeltas = tf.zeros<tf.Rank.R3>([1, anchorCount, 4]);
    const { proposals } = detector.propose({ objectness, boxDeltas });
    const center = [(column + 0.5) * stride, (row + 0.5) * stride];
    const side = smallConfig.anchors.sizes[shape];
    const expected = [
      center[0] - side / 2,
      center[1] - side / 2,
      center[0] + side / 2,
      center[1] + side / 2,
    ];
    const clipped = expected.map((edge) => Math.min(Math.max(edge, 0), SIZE));
    assert.deepEqual(Array.from(proposals[0].candidates.slice(0, 4)), clipped);
    tf.dispose([objectness, boxDeltas]);
  }
  detector.dispose();
});

test("the trace contains the results of all stages for every image, in pixels of the input", () => {
  const detector = smallDetector();
  const samples = [squareSample(1, 2), squareSample(2, 0)];
  const images = samplesToTensor(samples);
  const features = detector.frozenFeatures(images);
  const targets = samples.map((sample) => mapTarget(sample, null, SIZE));
  const { trace } = tf.tidy(() => {
    const losses = detector.losses(features, targets, { random: new Random(1), withTrace: true });
    return { trace: losses.trace } as never;
  }) as unknown as { trace: ReturnType<typeof detector.losses>["trace"] };
  const count = trace!.anchors.length / 4;
  assert.equal(trace!.images.length, 2);
  for (const image of trace!.images) {
    assert.equal(image.objectness.length, count);
    assert.equal(image.anchorAssignment.length, count);
    assert.ok(image.positives.length + image.negatives.length <= smallConfig.rpn.samples);
    assert.ok(image.proposals.length <= image.candidates.length);
    assert.ok(image.rois.every((edge) => edge >= 0 && edge <= SIZE));
  }
  assert.ok(trace!.images[0].positives.length >= 2);
  assert.equal(trace!.images[1].positives.length, 0);
  assert.ok(trace!.images[1].roiAssignment.every((match) => match < 0));
  tf.dispose([images, features]);
  detector.dispose();
});
