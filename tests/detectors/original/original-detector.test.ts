import assert from "node:assert/strict";
import test from "node:test";
import { BoxCoder } from "../../../src/boxes/box-coder";
import { generateAnchors } from "../../../src/boxes/anchors";
import { boxAt, flattenBoxes, gatherBoxes, iou } from "../../../src/boxes/box";
import { meanBox } from "../../../src/boxes/mean-box";
import { configure, presets } from "../../../src/config/index";
import { mapTarget, samplesToTensor } from "../../../src/data/augment";
import type { StepTrace } from "../../../src/detectors/faster-rcnn/training-trace";
import { classAccuracy, rpnAccuracy } from "../../../src/detectors/original/accuracy";
import { OriginalDetector } from "../../../src/detectors/original/original-detector";
import { anchorTargets } from "../../../src/detectors/original/tumor-dataset";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { AdamOptimizer } from "../../../src/training/optimizer";
import { SIZE, squareSample } from "../small-detector";
import { quarters, smallOriginalConfig as config } from "./small-original";

function train(
  detector: OriginalDetector,
  samples: ReturnType<typeof squareSample>[],
  steps: number,
) {
  const optimizer = new AdamOptimizer({ optimizer: "adam", weightDecay: 0, clipNorm: null });
  const random = new Random(1);
  const variables = detector.variables();
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const targets = samples.map((sample) => mapTarget(sample, null, SIZE));
  const images = samplesToTensor(samples);
  const features = detector.frozenFeatures(images);
  const losses: number[] = [];
  let trace: StepTrace | null = null;
  for (let i = 0; i < steps; i++) {
    const { value, grads } = tf.variableGrads(() => {
      const step = detector.losses(features, targets, { random, withTrace: true });
      trace = step.trace;
      return step.total;
    }, Object.values(variables));
    const gradients = Object.fromEntries(
      Object.entries(grads).map(([name, grad]) => [names.get(name)!, grad]),
    );
    optimizer.apply(variables, gradients, () => 3e-3);
    losses.push(value.dataSync()[0]);
    tf.dispose([value, grads]);
  }
  const detections = detector.detectFeatures(features);
  tf.dispose([images, features]);
  optimizer.dispose();
  return { losses, detections, trace: trace! };
}

test("the detector can learn one image: the answer is one box on the square, with its class", () => {
  const detector = new OriginalDetector(config, ["a", "b"], quarters());
  const sample = squareSample(4, 1);
  const { losses, detections, trace } = train(detector, [sample], 250);
  assert.ok(
    losses[losses.length - 1] < losses[0] / 4,
    `loss ${losses[0]} -> ${losses[losses.length - 1]}`,
  );
  assert.equal(detections[0].length, 1);
  const overlap = iou(detections[0][0].box, sample.boxes[0]);
  assert.ok(overlap > 0.6, `IoU ${overlap}`);
  assert.equal(detections[0][0].classId, sample.classIds[0]);
  assert.ok(rpnAccuracy(trace.images) > 0.9);
  detector.dispose();
});

test("images without boxes can be trained, no tensor remains, and without proposals there is no detection", () => {
  const detector = new OriginalDetector(
    configure(config, { rpn: { minScore: 1.1 } }),
    ["a", "b"],
    quarters(),
  );
  const samples = [squareSample(1, 0), squareSample(2, 0)];
  train(detector, samples, 1);
  const before = tf.memory().numTensors;
  const { losses, detections } = train(detector, samples, 3);
  assert.ok(losses.every(Number.isFinite));
  assert.deepEqual(detections, [[], []]);
  assert.equal(tf.memory().numTensors, before);
  detector.dispose();
});

test("the preset has the numbers of the original: 882 anchors, and 51,200 features per region with ResNet-50", () => {
  const { anchors, roi, rpn, head, training } = presets.original;
  assert.equal(generateAnchors(anchors, { stride: 32, rows: 7, columns: 7 }).length / 4, 882);
  assert.equal(roi.outputSize ** 2 * 2048, 51200);
  assert.deepEqual([rpn.objectnessWeight, rpn.boxWeight, head.classWeight], [0.2, 0.4, 0.4]);
  assert.deepEqual(
    [rpn.samples, rpn.positiveFraction, training.learningRate, training.weightDecay],
    [6, 0.5, 8e-7, 0.1],
  );
});

test("the targets of the anchors use every box: deltas lead from anchor to box, with the class of the box", () => {
  const anchors = generateAnchors(presets.original.anchors, { stride: 32, rows: 7, columns: 7 });
  const boxes = flattenBoxes([
    [20, 20, 80, 90],
    [120, 130, 180, 190],
  ]);
  const target = { boxes, classIds: Int32Array.of(0, 1) };
  const { labels, deltas, classIds, assignment } = anchorTargets(
    anchors,
    target,
    presets.original.rpn,
  );
  assert.deepEqual(Array.from(new Set(assignment)).sort(), [-1, -2, 0, 1].sort());
  for (const [i, label] of labels.entries()) {
    const match = assignment[i];
    assert.equal(label, match >= 0 ? 1 : match === -1 ? 0 : -1);
    assert.equal(classIds[i], match >= 0 ? target.classIds[match] : -1);
    if (match < 0) {
      assert.deepEqual([...deltas.slice(4 * i, 4 * i + 4)], [0, 0, 0, 0]);
      continue;
    }
    const back = new BoxCoder().decode(gatherBoxes(anchors, [i]), deltas.slice(4 * i, 4 * i + 4));
    assert.ok(iou(boxAt(back, 0), boxAt(boxes, match)) > 0.9999);
  }
});

test("decoding a delta at the corner instead of the center, a bug of the original, misses the box", () => {
  const anchor = flattenBoxes([[100, 100, 164, 164]]);
  const target = flattenBoxes([[110, 90, 150, 170]]);
  const [dx, dy, dw, dh] = new BoxCoder().encode(anchor, target);
  const [width, height] = [64 * Math.exp(dw), 64 * Math.exp(dh)];
  const wrong = [
    100 + 64 * dx,
    100 + 64 * dy,
    100 + 64 * dx + width,
    100 + 64 * dy + height,
  ] as const;
  assert.ok(iou(wrong, boxAt(target, 0)) < 0.75);
  assert.ok(
    iou(
      boxAt(new BoxCoder().decode(anchor, new BoxCoder().encode(anchor, target)), 0),
      boxAt(target, 0),
    ) > 0.9999,
  );
});

test("the mean of the boxes of two tumors touches neither of them", () => {
  const boxes = flattenBoxes([
    [20, 20, 60, 60],
    [160, 150, 200, 190],
  ]);
  const mean = meanBox(boxes);
  assert.deepEqual(mean, [90, 85, 130, 125]);
  assert.equal(iou(mean, boxAt(boxes, 0)), 0);
  assert.equal(iou(mean, boxAt(boxes, 1)), 0);
});

test("class accuracy counts an image without detections as wrong", () => {
  const target = (imageId: string, classIds: number[]) => ({
    imageId,
    patient: imageId,
    width: 9,
    height: 9,
    boxes: classIds.map(() => [0, 0, 5, 5] as const),
    classIds,
  });
  const detected = (imageId: string, classId: number) => ({
    imageId,
    detections: [{ box: [0, 0, 1, 1] as const, score: 1, classProbabilities: [0.5, 0.5], classId }],
  });
  const targets = [target("a", [1]), target("b", [0]), target("c", [0]), target("d", [])];
  assert.equal(
    classAccuracy(targets, [detected("a", 1), detected("b", 1), { imageId: "c", detections: [] }]),
    1 / 3,
  );
});

test("another number of classes than two is refused", () => {
  assert.throws(
    () => new OriginalDetector(config, ["a", "b", "c"], quarters()),
    /needs 2 classes, and there are 3/,
  );
});
