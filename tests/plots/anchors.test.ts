import assert from "node:assert/strict";
import { before, test } from "node:test";
import { BACKGROUND, IGNORED } from "../../src/boxes/matcher";
import { anchorMatcher } from "../../src/detectors/faster-rcnn/rpn/assign-anchors";
import { anchorsPerCell, generateAnchors } from "../../src/boxes/anchors";
import { flattenBoxes } from "../../src/boxes/box";
import { presets } from "../../src/config/index";
import { loadSample } from "../../src/data/sample";
import { recallByIou } from "../../src/metrics/proposal-recall";
import * as figures from "../../src/plots/index";
import type { Sample } from "../../src/types";
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
let sample: Sample;
before(async () => {
  const dataset = await smallDataset();
  sample = await loadSample(dataset.images[1], { imageSize: 64, cropToHead: null });
});

test("anchor shapes and box sizes", () => {
  const figure = figures.anchorShapes([{ width: 10, height: 20 }], {
    "a set": [{ width: 16.04, height: 16 }],
  });
  assertFigure(figure);
  assert.deepEqual(
    [tracesNamed(figure, "ground truth")[0].x, tracesNamed(figure, "ground truth")[0].y],
    [[10], [20]],
  );
  assert.deepEqual(tracesNamed(figure, "a set")[0].x, [16]);
});

test("the axes of nearly equal shapes span 20 pixels, and those of others are Plotly's", () => {
  const rangesOf = (...sizes: [width: number, height: number][]) => {
    const shapes = sizes.map(([width, height]) => ({ width, height }));
    const { layout } = figures.anchorShapes(shapes, { "a set": shapes });
    const { xaxis, yaxis } = layout as Record<"xaxis" | "yaxis", { range?: number[] }>;
    return [xaxis.range, yaxis.range];
  };
  assert.deepEqual(rangesOf([76, 57], [78, 57]), [
    [67, 87],
    [47, 67],
  ]);
  assert.deepEqual(rangesOf([20, 30], [60, 34]), [undefined, [22, 42]]);
  assert.deepEqual(rangesOf(), [undefined, undefined]);
});

test("the anchors of one cell", async () => {
  const perCell = anchorsPerCell(config);
  const figure = await figures.anchorsOnImage(sample, { anchors, cell: 9, perCell });
  assertFigure(figure);
  assert.equal(boxesDrawn(figure, "anchors of one cell"), 4);
  assert.equal(boxesDrawn(figure, "ground truth"), 2);
  assert.equal(imagesOf(figure)[0].sizex, 64);
  // Cell 9 is row 1, column 1: its center is at 12. The second shape is a square of 16 pixels.
  const x = values(tracesNamed(figure, "anchors of one cell")[0], "x");
  assert.deepEqual(x.slice(6, 12), [4, 20, 20, 4, 4, null]);
});

test("matched anchors: names have the counts, and few background anchors are drawn", async () => {
  const matches = anchorMatcher({ positiveIou: 0.5, negativeIou: 0.3 }).match(
    anchors,
    flattenBoxes(sample.boxes),
  );
  const figure = await figures.matchedAnchors(sample, anchors, matches);
  assertFigure(figure);
  const count = (accept: (match: number) => boolean) => matches.assignment.filter(accept).length;
  const positive = count((match) => match >= 0);
  assert.ok(positive >= 2);
  assert.equal(boxesDrawn(figure, `positive (${positive})`), positive);
  const ignored = count((match) => match === IGNORED);
  assert.equal(boxesDrawn(figure, `ignored (${ignored})`), ignored);
  const background = count((match) => match === BACKGROUND);
  assert.equal(boxesDrawn(figure, `background (60 of ${background})`), 60);
  const best = Math.max(...matches.iou);
  assert.ok(
    hoverTexts(figure).some((text) => text.includes(`IoU ${Math.round(best * 1000) / 1000}`)),
  );
});

test("recall against IoU, and the best candidate of each box", () => {
  const groundTruths = [flattenBoxes(sample.boxes)];
  const sets = {
    all: recallByIou(groundTruths, [anchors]),
    none: recallByIou(groundTruths, [new Float32Array(0)]),
  };
  const recall = figures.recallAgainstIou(sets);
  assertFigure(recall);
  assert.equal(tracesNamed(recall, "all (256 per image)")[0].type, "scatter");
  assert.equal(values(tracesNamed(recall, "none (0 per image)")[0], "y")[1], 0);
  const best = figures.bestIouHistogram(sets);
  assertFigure(best);
  assert.equal(values(tracesNamed(best, "all")[0], "x").length, 2);
});

test("the anchor sizes of a plan, level by level below the sizes of the boxes", () => {
  const boxes = [
    { width: 10, height: 40 },
    { width: 90, height: 90 },
  ];
  const { neck, anchors } = presets.default;
  const one = figures.plannedAnchors(boxes, { neck, anchors: { ...anchors, sizes: [20, 80] } });
  assertFigure(one);
  assert.deepEqual(tracesNamed(one, "boxes")[0].x, [20, 90]);
  assert.deepEqual(tracesNamed(one, "anchors")[0].x, [20, 80]);
  const pyramid = { ...neck, kind: "pyramid", levels: [3, 4], canonicalSize: null } as const;
  const sizes = [10, 20, 40, 80];
  const two = figures.plannedAnchors(boxes, { neck: pyramid, anchors: { ...anchors, sizes } });
  assertFigure(two);
  assert.deepEqual(tracesNamed(two, "anchors at stride 8")[0].x, [10, 20]);
  assert.deepEqual(tracesNamed(two, "anchors at stride 16")[0].x, [40, 80]);
});
