import assert from "node:assert/strict";
import test from "node:test";
import { boxAt, iou } from "../../../src/boxes/box";
import { mapTarget, samplesToTensor } from "../../../src/data/augment";
import { RpnOnly } from "../../../src/detectors/faster-rcnn/rpn-only";
import { rpnLosses } from "../../../src/detectors/faster-rcnn/rpn/rpn-loss";
import type { StepTrace } from "../../../src/detectors/faster-rcnn/training-trace";
import { Random } from "../../../src/util/random";
import { tf } from "../../../src/tensor/tensorflow";
import { SIZE, smallConfig, smallDetector, squareSample } from "../small-detector";

type Losses = Record<string, number>;

/**
 * Runs one step.
 * @param squares number of boxes of each image
 */
function tracedStep(rpnOnly: boolean, squares = [0, 1, 2]): { terms: Losses; trace: StepTrace } {
  const fasterRcnn = smallDetector();
  const detector = rpnOnly ? new RpnOnly(fasterRcnn) : fasterRcnn;
  const samples = squares.map((count, i) => squareSample(i + 1, count));
  const images = samplesToTensor(samples);
  const features = detector.frozenFeatures(images);
  let trace: StepTrace | null = null;
  const terms: Losses = {};
  tf.tidy(() => {
    const step = detector.losses(
      features,
      samples.map((sample) => mapTarget(sample, null, SIZE)),
      { random: new Random(1), withTrace: true },
    );
    for (const [name, term] of Object.entries(step.terms)) terms[name] = term.dataSync()[0];
    trace = step.trace;
  });
  tf.dispose([images, features]);
  fasterRcnn.dispose();
  return { terms, trace: trace! };
}

function sum(parts: Iterable<Float32Array>): number {
  let total = 0;
  for (const part of parts) for (const value of part) total += value;
  return total;
}

function assertNear(actual: number, expected: number, name: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-5 * Math.max(1, Math.abs(expected)),
    `${name}: ${actual}, expected ${expected}`,
  );
}

const crossEntropy = (logit: number, label: number) =>
  -Math.log(label ? 1 / (1 + Math.exp(-logit)) : 1 / (1 + Math.exp(logit)));

for (const squares of [[0, 1, 2], [0], [2]]) {
  test(`the shares of anchors and RoIs add up to the terms of the step (boxes by image: ${squares.join(", ")})`, () => {
    const { terms, trace } = tracedStep(false, squares);
    assertNear(
      sum(trace.images.map((image) => image.anchorLosses!.objectness)),
      terms["RPN objectness"],
      "RPN objectness",
    );
    assertNear(
      sum(trace.images.map((image) => image.anchorLosses!.boxes)),
      terms["RPN boxes"],
      "RPN boxes",
    );
    for (const term of ["foreground", "class", "boxes"] as const) {
      assertNear(
        sum(trace.images.flatMap((image) => image.roiLosses!.map((stage) => stage[term]))),
        terms[term],
        term,
      );
    }
  });
}

test("the region proposal network alone has shares of its anchors, and no RoIs", () => {
  const { terms, trace } = tracedStep(true);
  assertNear(
    sum(trace.images.map((image) => image.anchorLosses!.objectness)),
    terms["RPN objectness"],
    "RPN objectness",
  );
  assertNear(
    sum(trace.images.map((image) => image.anchorLosses!.boxes)),
    terms["RPN boxes"],
    "RPN boxes",
  );
  assert.deepEqual(
    trace.images.map(({ roiLosses }) => roiLosses),
    [[], [], []],
  );
});

test("each share equals the loss that is computed by hand from the logit of its anchor or RoI", () => {
  const { trace } = tracedStep(false);
  const sampled = trace.images.reduce(
    (count, image) => count + image.positives.length + image.negatives.length,
    0,
  );
  for (const image of trace.images) {
    const order = [...image.positives, ...image.negatives];
    assert.equal(image.anchorLosses!.objectness.length, order.length);
    order.forEach((anchor, k) => {
      const label = k < image.positives.length ? 1 : 0;
      const expected =
        (smallConfig.rpn.objectnessWeight * crossEntropy(image.objectness[anchor], label)) /
        sampled;
      assertNear(
        image.anchorLosses!.objectness[k] * sampled,
        expected * sampled,
        `anchor ${anchor}`,
      );
    });
  }
  smallConfig.head.stages.forEach(({ lossWeight, foregroundIou }, s) => {
    const stages = trace.images.map((image) => image.roiLosses![s]);
    const rois = stages.reduce((count, stage) => count + stage.iou.length, 0);
    stages.forEach((stage, n) => {
      stage.foreground.forEach((share, i) => {
        const isForeground = stage.assignment[i] >= 0;
        const weight = smallConfig.head.foregroundWeight * lossWeight;
        assertNear(
          share * rois,
          weight * crossEntropy(stage.logits[i], isForeground ? 1 : 0),
          `stage ${s}, roi ${i}`,
        );
        if (!isForeground) return assert.deepEqual([stage.class[i], stage.boxes[i]], [0, 0]);
        const { target } = trace.images[n];
        assertNear(
          stage.iou[i],
          iou(boxAt(stage.rois, i), boxAt(target.boxes, stage.assignment[i])),
          "IoU",
        );
        assert.ok(stage.iou[i] >= foregroundIou && stage.class[i] > 0);
      });
    });
  });
  assert.deepEqual(trace.images[1].roiLosses![0].rois, trace.images[1].rois);
});

test("the share of a box is its 1 - GIoU, divided by the number of positives of the batch", () => {
  const anchors = Float32Array.of(0, 0, 10, 10, 20, 20, 30, 30, 40, 0, 50, 10);
  const assign = (box: number[], positives: number[], negatives: number[]) => ({
    anchors,
    target: { boxes: Float32Array.from(box), classIds: Int32Array.of(0) },
    assignment: Int32Array.from([0, 1, 2], (i) => (positives.includes(i) ? 0 : -1)),
    iou: new Float32Array(3),
    positives: Int32Array.from(positives),
    negatives: Int32Array.from(negatives),
  });
  const output = {
    objectness: tf.zeros<tf.Rank.R2>([2, 3]),
    boxDeltas: tf.zeros<tf.Rank.R3>([2, 3, 4]),
  };
  const config = { ...smallConfig.rpn, boxLoss: "giou" as const, boxWeight: 3 };
  // Anchor 0 covers half of the first box. Anchor 2 covers a quarter of the second box.
  const assignments = [assign([0, 0, 20, 10], [0], [1]), assign([40, 0, 60, 20], [2], [])];
  const { byAnchor, objectness, boxes } = rpnLosses(output, assignments, {
    config,
    withShares: true,
  });
  assertNear(byAnchor![0].boxes[0], (3 * (1 - 0.5)) / 2, "first");
  assertNear(byAnchor![1].boxes[0], (3 * (1 - 0.25)) / 2, "second");
  assert.deepEqual(
    byAnchor!.map(({ objectness }) => objectness.length),
    [2, 1],
  );
  tf.dispose([objectness, boxes, output.objectness, output.boxDeltas]);
});
