import assert from "node:assert/strict";
import { after, test } from "node:test";
import { configure, presets } from "../../src/config/index";
import { boxCount, gatherBoxes } from "../../src/boxes/box";
import { detectDataset, toOriginalDetections } from "../../src/inference/detect-dataset";
import type { Detector } from "../../src/detectors/detector";
import { candidateAnchors, candidatesAfterNms, inspectImage } from "../../src/inference/inspection";
import { tf } from "../../src/tensor/tensorflow";
import type { Detection } from "../../src/types";
import { assertClose } from "../assertions";
import { smallDataset } from "../plots/cases";
import { smallConfig, smallDetector } from "../detectors/small-detector";

const detector = smallDetector();
after(() => detector.dispose());

test("an inspection ends with the detections of detecting, and leaves no tensors behind", async () => {
  const dataset = await smallDataset();
  const [record] = dataset.images;
  const tensors = tf.memory().numTensors;
  const inspection = await inspectImage(detector, record);
  assert.equal(tf.memory().numTensors, tensors);
  const { maps, trace, shapes, anchors, image } = inspection;
  assert.deepEqual(
    maps.map(({ stride, width, channels }) => [stride, width, channels]),
    [
      [8, 8, 3],
      [16, 4, 3],
      [32, 2, 3],
      [8, 8, 16],
    ],
  );
  for (const { values, width, height } of maps) assert.equal(values.length, width * height);
  assert.equal(trace.objectness.length, 8 * 8 * shapes.length);
  assert.equal(boxCount(anchors), trace.objectness.length);
  const [found] = await detectDataset(detector, dataset);
  // In another batch, sums differ in their last digits.
  const boxes = (detections: readonly Detection[]) =>
    detections.map(({ box, score }) => [...box, score]);
  assertClose(
    boxes(toOriginalDetections(trace.detections, image.letterbox, record)),
    boxes(found.detections),
    1e-3,
  );
  // A value is the mean over the channels of absolute values, here of the coarsest mean of the
  // pixels.
  const [level] = [maps[2]];
  const pixels = Array.from(image.pixels);
  const corner = Array.from(
    { length: 32 * 32 },
    (_, i) => pixels[Math.floor(i / 32) * 64 + (i % 32)],
  );
  const mean = corner.reduce((sum, value) => sum + value / 128 - 1, 0) / corner.length;
  assertClose(level.values[0], Math.abs(mean), 1e-4);
});

test("the configured NMS leaves the proposals of the candidates", async () => {
  const [record] = (await smallDataset()).images;
  const inspection = await inspectImage(detector, record);
  const { trace } = inspection;
  const { nmsIou, proposalsAfterNms } = detector.config.rpn;
  const remaining = candidatesAfterNms(inspection, nmsIou).slice(0, proposalsAfterNms);
  assert.deepEqual(gatherBoxes(trace.candidates, remaining), trace.proposals);
  assert.equal(boxCount(candidateAnchors(inspection)), trace.candidateScores.length);
  trace.candidateAnchors.forEach((anchor, i) =>
    assertClose(trace.candidateScores[i], 1 / (1 + Math.exp(-trace.objectness[anchor])), 1e-6),
  );
  assert.equal(candidatesAfterNms(inspection, 1).length, trace.candidateScores.length);
});

test("the score of a detection is the mean over the stages; there may be no proposals", async () => {
  const [record] = (await smallDataset()).images;
  const { trace, regions } = await inspectImage(detector, record);
  const { stages } = trace;
  assert.equal(stages.length, detector.config.head.stages.length);
  trace.foreground.forEach((score, i) => {
    assertClose(
      score,
      stages.reduce((sum, stage) => sum + stage.foreground[i], 0) / stages.length,
      1e-6,
    );
  });
  assert.ok(
    regions.length > 0 && regions.every(({ width }) => width === detector.config.roi.outputSize),
  );
  const strict = smallDetector(configure(smallConfig, { rpn: { minScore: 0.999 } }));
  const empty = await inspectImage(strict, record);
  strict.dispose();
  assert.deepEqual([empty.trace.stages, empty.trace.detections, empty.regions], [[], [], []]);
});

test("a detector without two stages is rejected", async () => {
  const [record] = (await smallDataset()).images;
  const original = { config: presets.original } as Detector;
  await assert.rejects(
    inspectImage(original, record),
    /stages of the architecture 'original' cannot be followed/,
  );
});
