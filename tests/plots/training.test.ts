import assert from "node:assert/strict";
import { before, test } from "node:test";
import { anchorsPerCell, generateAnchors } from "../../src/boxes/anchors";
import { boxCount, flattenBoxes } from "../../src/boxes/box";
import { BACKGROUND } from "../../src/boxes/matcher";
import { anchorMatcher } from "../../src/detectors/faster-rcnn/rpn/assign-anchors";
import { loadSample } from "../../src/data/sample";
import type { Metrics } from "../../src/metrics/metrics";
import * as figures from "../../src/plots/index";
import { History } from "../../src/runs/history";
import type { StepReport } from "../../src/training/trainer";
import {
  assertFigure,
  boxesDrawn,
  hoverTexts,
  imagesOf,
  smallDataset,
  tracesNamed,
  values,
} from "./cases";

const config = { sizes: [16, 24], ratios: [0.5, 1], placement: "center" } as const;
const anchors = generateAnchors(config, { stride: 8, rows: 8, columns: 8 });
const perCell = anchorsPerCell(config);
let report: StepReport;

before(async () => {
  const dataset = await smallDataset();
  const samples = await Promise.all(
    dataset.images.map((image) => loadSample(image, { imageSize: 64, cropToHead: null })),
  );
  const images = samples.map(({ boxes, classIds }) => {
    const target = { boxes: flattenBoxes(boxes), classIds: Int32Array.from(classIds) };
    const { assignment, iou } = anchorMatcher({ positiveIou: 0.5, negativeIou: 0.3 }).match(
      anchors,
      target.boxes,
    );
    const indices = Array.from(assignment.keys());
    const objectness = new Float32Array(assignment.length).fill(-10);
    // The third anchor of the cell in row 2, column 3 is the only one that is likely.
    objectness[(2 * 8 + 3) * perCell + 2] = 10;
    return {
      target,
      anchorAssignment: assignment,
      anchorIou: iou,
      positives: Int32Array.from(indices.filter((i) => assignment[i] >= 0)),
      negatives: Int32Array.from(indices.filter((i) => assignment[i] === BACKGROUND)),
      objectness,
      candidates: anchors.slice(0, 4 * 100),
      candidateScores: Float32Array.from({ length: 100 }, (_, i) => 1 - i / 100),
      proposals: anchors.slice(0, 4 * 10),
      proposalScores: Float32Array.from({ length: 10 }, (_, i) => 1 - i / 100),
      rois: anchors.slice(0, 4 * 5),
      roiAssignment: Int32Array.of(0, BACKGROUND, 0, BACKGROUND, BACKGROUND),
      roiIou: Float32Array.of(0.75, 0, 0.5, 0.1, 0),
      anchorLosses: null,
      roiLosses: null,
    };
  });
  report = {
    losses: { "RPN boxes": 1, total: 1 },
    learningRate: 1e-3,
    gradientNorm: 2,
    gradientNorms: { "rpn/convolution/kernel": 2, "rpn/convolution/bias": 1 },
    trace: { anchors, grids: [{ stride: 8, rows: 8, columns: 8 }], images },
    samples,
    pixels: samples.map(({ pixels }) => pixels),
  };
});

test("sampled anchors of the first two images", async () => {
  const figure = await figures.sampledAnchors(report);
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 2);
  const [first, second] = report.trace.images;
  assert.equal(boxesDrawn(figure, "positive"), first.positives.length + second.positives.length);
  assert.equal(boxesDrawn(figure, /^negative/), 2 * 64);
  assert.equal(boxesDrawn(figure, "ground truth"), 3);
  assert.ok(hoverTexts(figure).some((text) => /positive.*IoU.*objectness/s.test(text)));
});

test("the negatives in the figure are spread over all negatives", async () => {
  const figure = await figures.sampledAnchors(report);
  const y = values(tracesNamed(figure, /^negative/)[0], "y").filter(
    (value) => value !== null,
  ) as number[];
  assert.ok(
    Math.min(...y) < 16 && Math.max(...y) > 48,
    `from ${Math.min(...y)} to ${Math.max(...y)}`,
  );
});

test("the best proposals before NMS, and those after it", async () => {
  const figure = await figures.proposals(report);
  assertFigure(figure);
  assert.equal(boxesDrawn(figure, "before NMS"), 2 * 60);
  assert.equal(boxesDrawn(figure, "after NMS"), 2 * 10);
  assert.ok(hoverTexts(figure).some((text) => text.includes("score 0.95")));
  assert.ok(boxCount(report.trace.images[0].candidates) > 60);
});

test("sampled RoIs, with foreground and background as separate groups", async () => {
  const figure = await figures.sampledRois(report);
  assertFigure(figure);
  assert.equal(boxesDrawn(figure, "foreground"), 2 * 2);
  assert.equal(boxesDrawn(figure, "background"), 2 * 3);
  assert.ok(hoverTexts(figure).some((text) => /foreground.*IoU 0\.75/s.test(text)));
});

test("objectness is high at the cell of the likely anchor, in the right place of the image", async () => {
  const figure = await figures.objectnessHeatmap(report, perCell);
  assertFigure(figure);
  const heat = figure.data.find(({ type }) => type === "heatmap")!;
  const z = heat.z as number[][];
  assert.equal(z[2][3], 1);
  assert.equal(z.flat().filter((value) => value > 0.5).length, 1);
  assert.deepEqual([heat.x0, heat.dx, heat.y0, heat.dy], [4, 8, 4, 8]);
  await assert.rejects(figures.objectnessHeatmap(report, 3), /256 anchors/);
});

test("with a feature pyramid, the objectness of a cell is the likeliest one of all levels", async () => {
  // One anchor at each of 8 x 8 and 4 x 4 cells; likely ones in row 2, column 3 and row 3, column 0.
  const grids = [
    { stride: 8, rows: 8, columns: 8 },
    { stride: 16, rows: 4, columns: 4 },
  ];
  const objectness = new Float32Array(80).fill(-9);
  objectness[2 * 8 + 3] = 9;
  objectness[64 + 3 * 4] = 9;
  const images = report.trace.images.map((image) => ({ ...image, objectness }));
  const figure = await figures.objectnessHeatmap(
    { ...report, trace: { ...report.trace, grids, images } },
    2,
  );
  assertFigure(figure);
  const z = figure.data.find(({ type }) => type === "heatmap")!.z as number[][];
  const likely = z.flatMap((row, y) => row.flatMap((value, x) => (value > 0.5 ? [[y, x]] : [])));
  assert.deepEqual(likely, [
    [2, 3],
    [6, 0],
    [6, 1],
    [7, 0],
    [7, 1],
  ]);
});

test("gradient norms of the kernels of all layers", () => {
  const figure = figures.gradientNorms(report);
  assertFigure(figure);
  assert.deepEqual([figure.data[0].y, figure.data[0].x], [["rpn/convolution/kernel"], [2]]);
});

function history(steps: number): History {
  const metrics = (AP50: number): Metrics => {
    const bySize = { APsmall: 0, APmedium: 0, APlarge: 0, ARsmall: 0, ARmedium: 0, ARlarge: 0 };
    const figuresAt = { AP: AP50 / 2, AP50, AP75: 0, ...bySize, AR1: 0, AR10: 0, AR100: 0 };
    return {
      classAgnostic: figuresAt,
      classAware: { ...figuresAt, AP50: null },
      classes: [],
      images: 1,
      imagesWithoutBoxes: 0,
      boxes: 1,
      patients: 1,
      detections: 1,
      classNames: [],
    };
  };
  return new History(
    Array.from({ length: steps }, (_, i) => ({
      epoch: 1,
      globalStep: i + 1,
      losses: { boxes: i, total: 2 * i },
      learningRate: 1e-3 * (i + 1),
      gradientNorm: 1,
    })),
    [
      { epoch: 1, metrics: metrics(0.5) },
      { epoch: 2, metrics: metrics(0.8) },
    ],
  );
}

test("losses have a smoothed curve for each term, from the first step to the last", () => {
  const figure = figures.losses(history(40));
  assertFigure(figure);
  assert.deepEqual(
    figure.data.map(({ name }) => name),
    ["boxes", "total"],
  );
  const { x, y } = tracesNamed(figure, "boxes")[0] as unknown as { x: number[]; y: number[] };
  assert.deepEqual([x[0], x[x.length - 1], y[0]], [1, 40, 0]);
  // The mean of the last fifteen steps, 25 to 39.
  assert.equal(y[39], 32);
});

test("long histories are thinned and keep their last step", () => {
  const { x } = figures.losses(history(5000)).data[0] as unknown as { x: number[] };
  assert.ok(x.length <= 401);
  assert.equal(x[x.length - 1], 5000);
});

test("a history without steps has empty curves", () => {
  assertFigure(figures.losses(new History()));
  assertFigure(figures.learningRate(new History()));
  assertFigure(figures.validationCurves(new History()));
});

test("learning rate and gradient norm have an axis each", () => {
  const figure = figures.learningRate(history(3));
  assertFigure(figure);
  assert.deepEqual(figure.data[0].y, [0.001, 0.002, 0.003]);
  assert.deepEqual(
    figure.data.map(({ yaxis }) => yaxis),
    ["y", "y2"],
  );
});

test("names of validation curves say whether classes count; without boxes there is a gap", () => {
  const figure = figures.validationCurves(history(3));
  assertFigure(figure);
  assert.deepEqual(tracesNamed(figure, "AP50, class-agnostic")[0].y, [0.5, 0.8]);
  assert.deepEqual(tracesNamed(figure, "AP50, class-aware")[0].y, [null, null]);
  assert.ok(figure.data.every(({ name }) => /class-(agnostic|aware)/.test(String(name))));
});
