/**
 * Extreme batches: with every detector, each of them trains for a step with finite losses,
 * gradients and weights.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configure, type Config, type Overrides } from "../../src/config/index";
import { flattenBoxes } from "../../src/boxes/box";
import { openDataset } from "../../src/data/dataset";
import { formatLabels } from "../../src/data/formats/yolo/labels";
import type { Detector } from "../../src/detectors/detector";
import { RpnOnly } from "../../src/detectors/faster-rcnn/rpn-only";
import type { ImageTrace } from "../../src/detectors/faster-rcnn/training-trace";
import { OriginalDetector } from "../../src/detectors/original/original-detector";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import { AdamOptimizer } from "../../src/training/optimizer";
import { Trainer } from "../../src/training/trainer";
import type { Box, Target } from "../../src/types";
import { gradient, sharpOf, temporaryFolder, writeFiles } from "../data/files";
import { SIZE, smallConfig, smallDetector } from "../detectors/small-detector";
import { quarters, smallOriginalConfig } from "../detectors/original/small-original";

const SQUARE: Box = [20, 24, 36, 38];
const random = new Random("hard batches");
const fifty = Array.from({ length: 50 }, (): Box => {
  const [x, y] = [random.uniform(0, SIZE - 20), random.uniform(0, SIZE - 20)];
  return [x, y, x + random.uniform(2, 20), y + random.uniform(2, 20)];
});

/** The boxes of each image; classes alternate. */
const BATCHES: Readonly<Record<string, readonly (readonly Box[])[]>> = {
  "one image without boxes": [[SQUARE], []],
  "no boxes at all": [[], []],
  "boxes of one pixel": [
    [
      [10, 10, 11, 11],
      [40, 50, 41, 51],
    ],
    [
      [0, 0, 1, 1],
      [SIZE - 1, SIZE - 1, SIZE, SIZE],
    ],
  ],
  "a sliver of a thousandth of a pixel": [[[10, 5, 10.001, 60]], [SQUARE]],
  "boxes at each border": [
    [
      [0, 20, 12, 40],
      [20, 0, 40, 12],
      [SIZE - 12, 20, SIZE, 40],
      [20, SIZE - 12, 40, SIZE],
    ],
    [
      [0, 0, 14, 14],
      [SIZE - 14, 0, SIZE, 14],
      [0, SIZE - 14, 14, SIZE],
      [SIZE - 14, SIZE - 14, SIZE, SIZE],
    ],
  ],
  "a box as large as the image": [[[0, 0, SIZE, SIZE]], [[0, 0, SIZE, SIZE], SQUARE]],
  "fifty boxes in an image": [fifty, [SQUARE]],
  "identical boxes, of two classes": [
    [SQUARE, SQUARE],
    [SQUARE, SQUARE, SQUARE],
  ],
  "a box that no anchor touches": [[[900, 900, 910, 910]], [[900, 900, 910, 910]]],
  "a single image": [[SQUARE]],
};

const smoothL1: Overrides<Config> = {
  rpn: { boxLoss: "smooth-l1" },
  head: { boxLoss: "smooth-l1" },
};
/**
 * Each detector is also tested with a minimum score that no proposal of a fresh network reaches.
 */
const DETECTORS: Readonly<Record<string, (overrides: Overrides<Config>) => Detector>> = {
  modern: (overrides) => smallDetector(configure(smallConfig, overrides)),
  "modern, smooth L1": (overrides) =>
    smallDetector(configure(configure(smallConfig, smoothL1), overrides)),
  "region proposal network alone": (overrides) =>
    new RpnOnly(smallDetector(configure(smallConfig, overrides))),
  original: (overrides) =>
    new OriginalDetector(configure(smallOriginalConfig, overrides), ["a", "b"], quarters()),
};

function targetOf(boxes: readonly Box[]): Target {
  return { boxes: flattenBoxes(boxes), classIds: Int32Array.from(boxes, (_, i) => i % 2) };
}

/** Trains one step on noise, and checks that all numbers are finite. Returns the trace. */
function step(
  detector: Detector,
  targets: readonly Target[],
  optimizer: AdamOptimizer,
): readonly ImageTrace[] {
  const variables = detector.variables();
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const images = tf.randomUniform<tf.Rank.R4>(
    [targets.length, SIZE, SIZE, 3],
    0,
    255,
    "float32",
    3,
  );
  const features = detector.frozenFeatures(images);
  const losses: Record<string, number> = {};
  let trace: readonly ImageTrace[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const {
      total,
      terms,
      trace: stepTrace,
    } = detector.losses(features, targets, { random: new Random(1), withTrace: true });
    for (const [term, loss] of Object.entries(terms)) losses[term] = loss.dataSync()[0];
    trace = stepTrace!.images;
    return total;
  }, Object.values(variables));
  for (const [term, loss] of Object.entries({ ...losses, total: value.dataSync()[0] })) {
    assert.ok(Number.isFinite(loss) && loss >= 0, `${term}: ${loss}`);
  }
  const gradients = Object.fromEntries(
    Object.entries(grads).map(([name, gradient]) => [names.get(name)!, gradient]),
  );
  for (const [name, gradient] of Object.entries(gradients)) {
    assert.ok(gradient.dataSync().every(Number.isFinite), `gradient of ${name}`);
  }
  const norm = optimizer.apply(variables, gradients, () => 5e-3);
  assert.ok(norm > 0, `a gradient of norm ${norm} trains nothing`);
  for (const [name, variable] of Object.entries(variables)) {
    assert.ok(variable.dataSync().every(Number.isFinite), `${name} after the step`);
  }
  tf.dispose([images, features, value, grads]);
  return trace;
}

for (const [architecture, create] of Object.entries(DETECTORS)) {
  describe(architecture, () => {
    for (const [name, boxes] of Object.entries(BATCHES)) {
      for (const minScore of [0, 1]) {
        test(`${name}${minScore ? ", no proposals" : ""}`, () => {
          const detector = create({ rpn: { minScore } });
          const optimizer = new AdamOptimizer(smallConfig.training);
          const targets = boxes.map(targetOf);
          const images = step(detector, targets, optimizer);
          images.forEach((image, i) => {
            if (minScore) assert.equal(image.proposals.length, 0);
            const isTouched = boxes[i].some(([x1]) => x1 < SIZE);
            assert.equal(
              image.positives.length > 0,
              isTouched,
              "a box in the image has a positive anchor",
            );
            assert.ok(image.negatives.length > 0);
          });
          const before = tf.memory().numTensors;
          step(detector, targets, optimizer);
          assert.equal(tf.memory().numTensors, before, "the second step leaves no tensors behind");
          optimizer.dispose();
          (detector instanceof RpnOnly ? detector.detector : detector).dispose();
        });
      }
    }
  });
}

/** Images that are errors of a data set. */
const REJECTED = /sliver|identical|no anchor touches/;

describe("a data set of extreme images", () => {
  for (const architecture of ["modern", "original"] as const) {
    test(`${architecture}: trains an epoch, augmented copies included`, async () => {
      const folder = temporaryFolder();
      const images = Object.entries(BATCHES).flatMap(([name, boxes]) =>
        REJECTED.test(name) ? [] : boxes,
      );
      for (const [i, boxes] of images.entries()) {
        const labels = boxes.map((box, k) => ({ box, classId: k % 2 }));
        writeFiles(folder, {
          [`images/${i}_1.png`]: await sharpOf(gradient(i, SIZE, SIZE), SIZE, SIZE)
            .png()
            .toBuffer(),
          [`labels/${i}_1.txt`]: formatLabels(labels, { width: SIZE, height: SIZE }),
        });
      }
      const augmented: Overrides<Config> = {
        data: { cropToHead: null },
        augmentation: { copies: 1, flip: 0.5, scale: 0.4, rotation: 45, shift: 0.4 },
        training: { batchSize: 2, validateEvery: 1 },
      };
      const detector = DETECTORS[architecture](augmented);
      const dataset = await openDataset(folder, { classNames: ["a", "b"] });
      const trainer = new Trainer({ detector, train: dataset, validation: dataset });
      let steps = 0;
      for await (const event of trainer.fit({ epochs: 1 })) {
        if (event.kind !== "step") continue;
        steps++;
        for (const [term, loss] of Object.entries(event.losses))
          assert.ok(Number.isFinite(loss), `${term}: ${loss}`);
      }
      assert.equal(steps, Math.ceil(images.length / 2));
      detector.dispose();
    });
  }
});
