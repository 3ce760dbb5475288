import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBoxes } from "../../../../src/boxes/box";
import { presets } from "../../../../src/config/index";
import { matchRois } from "../../../../src/detectors/faster-rcnn/roi-heads/assign-targets";
import { Cascade } from "../../../../src/detectors/faster-rcnn/roi-heads/cascade";
import { Random } from "../../../../src/util/random";
import { tf } from "../../../../src/tensor/tensorflow";
import { assertClose } from "../../../assertions";
import { detectorReference, flat } from "../../../reference/detector";
import { assertGradients, setVariables } from "../../variables";

const { cascade: reference } = detectorReference;
const { stages } = reference.config;

function referenceCascade(stageCount = stages.length): Cascade {
  const config = {
    ...presets.default.head,
    ...reference.config,
    stages: stages.slice(0, stageCount),
  };
  const cascade = new Cascade({
    config,
    roi: reference.roi,
    maps: { strides: [reference.stride], canonicalSize: 224 },
    inputChannels: reference.features[0][0][0].length,
    classes: reference.classes,
    imageSize: reference.imageSize,
    random: new Random(1),
  });
  const values = Object.entries(reference.variables).filter(
    ([name]) => Number(/^head(\d)/.exec(name)![1]) < stageCount,
  );
  setVariables(cascade.variables(), Object.fromEntries(values));
  return cascade;
}

const rois = reference.rois.map(flat);
const targets = reference.targets.map(({ boxes, classIds }) => ({
  boxes: flat(boxes),
  classIds: Int32Array.from(classIds),
}));
const images = rois.flatMap((boxes, image) => Array<number>(boxes.length / 4).fill(image));
const assignments = rois.map((boxes, image) => ({
  rois: boxes,
  target: targets[image],
  ...matchRois(boxes, targets[image], stages[0].foregroundIou),
}));

test("detection: boxes and probabilities of every stage, and their means, equal PyTorch's", () => {
  const cascade = referenceCascade();
  const features = tf.tensor4d(reference.features);
  const before = tf.memory().numTensors;
  const result = cascade.detect([features], concatBoxes(rois), images);
  assert.equal(tf.memory().numTensors, before, "no tensor remains");
  const { detection } = reference;
  assert.equal(result.stages.length, detection.stages.length);
  result.stages.forEach(({ boxes, foreground, classProbabilities }, i) => {
    const expected = detection.stages[i];
    assertClose(boxes, flat(expected.boxes), 1e-4, `boxes of stage ${i}`);
    assertClose(foreground, expected.foreground, 1e-5, `foreground of stage ${i}`);
    assertClose(classProbabilities, flat(expected.classProbabilities), 1e-5, `classes of ${i}`);
  });
  assertClose(result.foreground, detection.foreground, 1e-5, "mean foreground");
  assertClose(result.classProbabilities, flat(detection.classProbabilities), 1e-5, "mean classes");
  assert.equal(result.boxes, result.stages.at(-1)!.boxes);
  features.dispose();
  cascade.dispose();
});

test("losses: terms, gradients and the targets of every stage equal PyTorch's", () => {
  const cascade = referenceCascade();
  tf.tidy(() => {
    const features = tf.tensor4d(reference.features);
    const { byRoi, ...terms } = cascade.losses([features], assignments, { withShares: true });
    for (const name of ["foreground", "class", "boxes"] as const)
      assertClose(terms[name].arraySync(), reference.losses.terms[name], 1e-5, name);
    const matches = stages.map((_, stage) => byRoi!.map((image) => [...image[stage].assignment]));
    assert.deepEqual(matches, reference.losses.assignments);

    const total = (map: tf.Tensor) => {
      const losses = cascade.losses([map as tf.Tensor4D], assignments);
      return tf.addN([losses.foreground, losses.class, losses.boxes]) as tf.Scalar;
    };
    assertGradients(() => total(features), cascade.variables(), reference.losses.gradients);
    const gradient = tf.grad(total)(features);
    assertClose(gradient.arraySync(), reference.losses.featureGradient, 1e-4, "features");
  });
  cascade.dispose();
});

test("a cascade with one stage detects what the first stage of two detects", () => {
  const cascade = referenceCascade(1);
  const features = tf.tensor4d(reference.features);
  const result = cascade.detect([features], concatBoxes(rois), images);
  assertClose(result.boxes, flat(reference.detection.stages[0].boxes), 1e-4);
  assertClose(result.foreground, reference.detection.stages[0].foreground, 1e-5);
  features.dispose();
  cascade.dispose();
});

test("without RoIs there are no detections, and all losses are 0", () => {
  const cascade = referenceCascade();
  const features = tf.tensor4d(reference.features);
  const result = cascade.detect([features], new Float32Array(), []);
  assert.deepEqual(
    [result.stages.length, result.boxes.length, result.foreground.length],
    [0, 0, 0],
  );
  tf.tidy(() => {
    const empty = targets.map((target) => ({
      rois: new Float32Array(),
      target,
      assignment: new Int32Array(),
      iou: new Float32Array(),
    }));
    const losses = cascade.losses([features], empty, { withShares: true });
    for (const name of ["foreground", "class", "boxes"] as const)
      assert.equal(losses[name].dataSync()[0], 0);
    assert.deepEqual(losses.byRoi, [[], []]);
  });
  features.dispose();
  cascade.dispose();
});

test("the order of the images in a batch does not change the detections", () => {
  const cascade = referenceCascade();
  tf.tidy(() => {
    const features = tf.tensor4d(reference.features);
    const result = cascade.detect([features], concatBoxes(rois), images);
    const reversed = cascade.detect(
      [features.reverse(0)],
      concatBoxes([...rois].reverse()),
      [...images].map((image) => 1 - image).sort(),
    );
    const first = rois[0].length / 4;
    assertClose(reversed.foreground.slice(-first), result.foreground.slice(0, first), 1e-6);
  });
  cascade.dispose();
});
