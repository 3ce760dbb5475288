import assert from "node:assert/strict";
import { after, test } from "node:test";
import sharp from "sharp";
import { inspectImage } from "../../src/inference/inspection";
import type { Figure } from "../../src/plots/figure";
import * as stages from "../../src/plots/index";
import { configure } from "../../src/config/index";
import { smallConfig, smallDetector } from "../detectors/small-detector";
import { assertFigure, boxesDrawn, hoverTexts, imagesOf, smallDataset } from "./cases";

const detector = smallDetector();
after(() => detector.dispose());

async function inspection() {
  const dataset = await smallDataset();
  return inspectImage(detector, dataset.images[1]);
}

interface Slider {
  readonly active: number;
  readonly steps: readonly {
    label: string;
    args: [{ visible: boolean[] }, Record<string, unknown>];
  }[];
}

function sliderOf(figure: Figure): Slider {
  return (figure.layout.sliders as Slider[])[0];
}

test("every stage of the detector has a figure", async () => {
  const seen = await inspection();
  const box = await stages.letterboxStage(seen);
  assertFigure(box);
  assert.equal(imagesOf(box).length, 2);
  assert.equal(boxesDrawn(box, "ground truth"), 2);
  const maps = stages.featureMaps(seen);
  assertFigure(maps);
  assert.deepEqual(
    maps.data.map(({ z }) => (z as number[][]).length),
    [8, 4, 2, 8],
  );
  const regions = stages.regionFeatures(seen);
  assertFigure(regions);
  assert.equal(regions.data.length, seen.regions.length);
  const outputs = stages.headOutputs(seen);
  assertFigure(outputs);
  assert.deepEqual(
    outputs.data.map(({ name }) => name),
    seen.trace.stages.map((_, i) => `stage ${i + 1}`),
  );
  for (const figure of [await stages.movedAnchors(seen), await stages.movedProposals(seen)])
    assertFigure(figure);
  assert.match(
    hoverTexts(await stages.movedProposals(seen)).join("\n"),
    /refined<br>proposal \d+<br>foreground/,
  );
});

test("sliders show the traces of one step at a time and hold the picture once", async () => {
  const seen = await inspection();
  const { nmsIou } = detector.config.rpn;
  const figures = [
    await stages.objectnessSlider(seen),
    await stages.nmsSlider(seen, nmsIou),
    await stages.scoreSlider(seen),
  ];
  for (const figure of figures) {
    assertFigure(figure);
    const { active, steps } = sliderOf(figure);
    assert.deepEqual(
      figure.data.map(({ visible }) => visible),
      steps[active].args[0].visible,
    );
    const visible = steps.map(({ args }) => args[0].visible.filter(Boolean).length);
    assert.equal(
      visible.reduce((sum, count) => sum + count, 0),
      figure.data.length,
    );
    assert.ok(
      steps.every(({ args }) => !("images" in args[1]) && !("images[0].source" in args[1])),
      "every step holds the same picture",
    );
  }
  assert.deepEqual(sliderOf(figures[0]).steps.length, seen.shapes.length);
  const nms = sliderOf(figures[1]);
  assert.equal(nms.steps[nms.active].label, String(nmsIou));
  assert.match(
    JSON.stringify(nms.steps[nms.active].args[1]),
    new RegExp(`${seen.trace.candidateScores.length} candidates`),
  );
});

test("with a feature pyramid, each shape has the cells of its level", async () => {
  const pyramid = smallDetector(
    configure(smallConfig, {
      neck: { kind: "pyramid", levels: [3, 4], channels: 16, groups: 4, canonicalSize: null },
      anchors: { sizes: [12, 16, 24, 32] },
    }),
  );
  const seen = await inspectImage(pyramid, (await smallDataset()).images[1]);
  const figure = await stages.objectnessSlider(seen);
  assertFigure(figure);
  const { steps } = sliderOf(figure);
  assert.equal(steps.length, seen.shapes.length);
  const starts = [0, 0, 8 * 8 * 2, 8 * 8 * 2];
  for (const [shape, { args }] of steps.entries()) {
    const cells = shape < 2 ? 8 : 4;
    const source = args[1]["images[1].source"] as string;
    const { data, info } = await sharp(Buffer.from(source.slice(source.indexOf(",") + 1), "base64"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [cells, cells]);
    // Row 2, column 3.
    const cell = 2 * cells + 3;
    const logit = seen.trace.objectness[starts[shape] + 2 * cell + (shape % 2)];
    const alpha = data[4 * cell + 3] / 255;
    assert.ok(Math.abs(alpha - 0.7 / (1 + Math.exp(-logit))) < 0.01);
  }
  assertFigure(stages.featureMaps(seen));
  pyramid.dispose();
});

test("the objectness of a shape is that of its anchors, at their cells", async () => {
  const seen = await inspection();
  const figure = await stages.objectnessSlider(seen);
  const { shapes, trace } = seen;
  const { steps } = sliderOf(figure);
  const probability = (anchor: number) => 1 / (1 + Math.exp(-trace.objectness[anchor]));
  for (const [shape, { args }] of steps.entries()) {
    const source = args[1]["images[1].source"] as string;
    const { data, info } = await sharp(Buffer.from(source.slice(source.indexOf(",") + 1), "base64"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [8, 8, 4]);
    // Row 2, column 3 of 8 x 8 cells; an unlikely cell is transparent.
    const alpha = data[4 * (2 * 8 + 3) + 3] / 255;
    assert.ok(Math.abs(alpha - probability((2 * 8 + 3) * shapes.length + shape) * 0.7) < 0.01);
  }
});
