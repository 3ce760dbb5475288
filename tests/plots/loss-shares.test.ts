import assert from "node:assert/strict";
import { before, test } from "node:test";
import { mapTarget, samplesToTensor } from "../../src/data/augment";
import * as figures from "../../src/plots/index";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import type { StepReport } from "../../src/training/trainer";
import { SIZE, smallConfig, smallDetector, squareSample } from "../detectors/small-detector";
import { assertFigure, hoverTexts } from "./cases";

let report: StepReport;

before(() => {
  const detector = smallDetector();
  const samples = [squareSample(1, 1), squareSample(2, 2)];
  const images = samplesToTensor(samples);
  const features = detector.frozenFeatures(images);
  tf.tidy(() => {
    const groundTruths = samples.map((sample) => mapTarget(sample, null, SIZE));
    const { trace } = detector.losses(features, groundTruths, {
      random: new Random(1),
      withTrace: true,
    });
    const pixels = samples.map((sample) => sample.pixels);
    report = {
      losses: {},
      learningRate: 0,
      gradientNorm: 0,
      gradientNorms: {},
      trace: trace!,
      samples,
      pixels,
    };
  });
  tf.dispose([images, features]);
  detector.dispose();
});

/** The number of boxes with a hover text on a term; each box has the text twice. */
function boxesWithTerm(texts: string[], term: string): number {
  return (
    texts.filter((text) => text.endsWith("pixels") && text.includes(` to ${term}<br>`)).length / 2
  );
}

test("every sampled anchor has its share, IoU, objectness and target in its hover text", async () => {
  const figure = await figures.anchorLosses(report);
  assertFigure(figure);
  const texts = hoverTexts(figure);
  const { images } = report.trace;
  const positives = images.reduce((sum, image) => sum + image.positives.length, 0);
  const negatives = images.reduce((sum, image) => sum + image.negatives.length, 0);
  assert.equal(boxesWithTerm(texts, "RPN objectness"), positives + negatives);
  assert.equal(boxesWithTerm(texts, "RPN boxes"), positives);
  const line =
    /patient 1.*IoU 0.*objectness 0\.\d+.*target: (1, class|0, background).*adds [\d.e-]+ to RPN objectness/;
  assert.ok(texts.some((text) => line.test(text)));
});

test("every RoI of every stage has its share; background has none in class and boxes", async () => {
  const figure = await figures.roiLosses(report, { classNames: ["dim", "bright"] });
  assertFigure(figure);
  const texts = hoverTexts(figure);
  smallConfig.head.stages.forEach((_, s) => {
    const stages = report.trace.images.map((image) => image.roiLosses![s]);
    const foreground = stages
      .flatMap(({ assignment }) => Array.from(assignment))
      .filter((match) => match >= 0).length;
    assert.equal(
      boxesWithTerm(texts, `stage ${s + 1}, foreground`),
      stages.reduce((sum, { iou }) => sum + iou.length, 0),
    );
    assert.equal(boxesWithTerm(texts, `stage ${s + 1}, class`), foreground);
    assert.equal(boxesWithTerm(texts, `stage ${s + 1}, boxes`), foreground);
  });
  assert.ok(texts.some((text) => /target: 1, class (dim|bright) \(box \d of \d\)/.test(text)));
});

test("a step without shares or without RoIs is an error that says so", async () => {
  const changed = (more: object): StepReport => ({
    ...report,
    trace: { ...report.trace, images: report.trace.images.map((image) => ({ ...image, ...more })) },
  });
  await assert.rejects(
    async () => figures.anchorLosses(changed({ anchorLosses: null })),
    /only detectors of the architecture 'cascade-rcnn'/,
  );
  await assert.rejects(
    async () => figures.roiLosses(changed({ roiLosses: null })),
    /only detectors of the architecture 'cascade-rcnn'/,
  );
  await assert.rejects(
    async () => figures.roiLosses(changed({ roiLosses: [] })),
    /no second stage/,
  );
});
