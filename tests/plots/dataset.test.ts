import assert from "node:assert/strict";
import { before, test } from "node:test";
import { presets } from "../../src/config/index";
import { randomAugmentation } from "../../src/data/augment";
import type { Dataset } from "../../src/data/dataset";
import { greyRanges } from "../../src/data/health/grey-ranges";
import { loadSample } from "../../src/data/sample";
import * as figures from "../../src/plots/index";
import { Random } from "../../src/util/random";
import {
  assertFigure,
  boxesDrawn,
  CLASS_NAMES,
  HEIGHT,
  hoverTexts,
  imagesOf,
  smallDataset,
  tracesNamed,
  values,
  WIDTH,
} from "./cases";

const ESCAPED = "&lt;ring&gt; &amp; rim";
const config = { imageSize: 64, cropToHead: null };
let dataset: Dataset;
before(async () => {
  dataset = await smallDataset();
});

test("patients, images and boxes of each split", () => {
  const figure = figures.splitOverview(dataset);
  assertFigure(figure);
  const counts = figure.data.map((trace) => [trace.name, trace.y]);
  assert.deepEqual(counts, [
    ["patients", [2, 1]],
    ["images with boxes", [2, 1]],
    ["images without boxes", [1, 0]],
    ["boxes", [3, 1]],
  ]);
  assert.deepEqual(figure.data[0].x, ["train", "test"]);
});

test("class distribution: names are escaped, and boxes are counted by split", () => {
  const figure = figures.classDistribution(dataset);
  assertFigure(figure);
  assert.deepEqual(tracesNamed(figure, "round")[0].y, [2, 0]);
  assert.deepEqual(tracesNamed(figure, ESCAPED)[0].y, [1, 1]);
});

test("box sizes in pixels, with file and patient in the hover text", () => {
  const figure = figures.boxSizes(dataset);
  assertFigure(figure);
  const [trace] = tracesNamed(figure, "round");
  assert.deepEqual(
    [trace.x, trace.y],
    [
      [20, 18],
      [30, 30],
    ],
  );
  assert.match(values(trace, "text")[1] as string, /p1_2\.png.*patient p1/s);
});

test("figures of boxes say that there are none", () => {
  const none = dataset.subset(({ annotations }) => annotations.length === 0);
  for (const draw of [figures.boxSizes, figures.boxHeatmap, figures.classDistribution]) {
    const texts = (data: Dataset) =>
      ((draw(data).layout.annotations ?? []) as { text: string }[]).map(({ text }) => text);
    assert.deepEqual([texts(dataset), texts(none)], [[], ["there are no boxes"]]);
  }
});

test("boxes per image", () => {
  const figure = figures.boxesPerImage(dataset);
  assertFigure(figure);
  assert.deepEqual(
    [figure.data[0].x, figure.data[0].y],
    [
      ["0", "1", "2"],
      [1, 2, 1],
    ],
  );
});

test("box map: covered cells count, others do not", () => {
  const figure = figures.boxHeatmap(dataset);
  assertFigure(figure);
  const z = figure.data[0].z as number[][];
  assert.equal(z.length, 32);
  // The two boxes of patient 1 overlap at x 20 of 80, y 25 of 60.
  assert.equal(z[Math.floor((25 / HEIGHT) * 32)][Math.floor((20 / WIDTH) * 32)], 2);
  assert.equal(z[31][31], 0);
  assert.equal(Math.max(...z.flat()), 2);
});

test("patients: images and boxes of each, by the class of their boxes", () => {
  const figure = figures.patientsOverview(dataset);
  assertFigure(figure);
  const found = figure.data.map(({ name, x, y, customdata }) => [name, x, y, customdata]);
  assert.deepEqual(found, [
    [ESCAPED, ["patient p3"], [1], [1]],
    ["several classes", ["patient p1"], [2], [3]],
    ["no boxes", ["patient p2"], [1], [0]],
  ]);
});

test("without patients, the figures count groups", () => {
  const unknown = dataset.withImages(
    dataset.images.map((image, i) => ({ ...image, patient: null, group: i < 2 ? "a" : image.id })),
  );
  const splits = figures.splitOverview(unknown);
  assertFigure(splits);
  assert.equal(splits.data[0].name, "groups of images");
  assert.match(JSON.stringify(splits.layout.title), /Groups, images and boxes/);
  const overview = figures.patientsOverview(unknown);
  assertFigure(overview);
  assert.match(JSON.stringify(overview.layout.title), /Images of each group/);
  const bars = overview.data.flatMap(({ x, y }) =>
    (x as string[]).map((name, i) => [name, (y as number[])[i]]),
  );
  assert.equal(bars.length, 3);
  assert.deepEqual(
    bars.find(([name]) => name === "group a"),
    ["group a", 2],
  );
});

test("grey ranges: a dot and a bar for each image, in the color of its split", async () => {
  const figure = figures.greyRanges(await greyRanges(dataset));
  assertFigure(figure);
  assert.deepEqual(
    figure.data.map(({ name, x }) => [name, x]),
    [
      ["train", [1, 2, 3]],
      ["test", [4]],
    ],
  );
  assert.match(JSON.stringify(figure.data), /p3_1\.png<br>patient p3<br>\d+ to \d+, median/);
});

test("grey values: each of the two curves has the sum 1", async () => {
  const figure = await figures.intensityHistogram(dataset, config);
  assertFigure(figure);
  assert.equal(figure.data.length, 2);
  for (const trace of figure.data) {
    const sum = (values(trace, "y") as number[]).reduce((total, part) => total + part, 0);
    assert.ok(Math.abs(sum - 1) < 1e-3, `${trace.name} has the sum ${sum}`);
  }
});

test("images with their boxes", async () => {
  const figure = await figures.imageGrid(dataset, dataset.images);
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 4);
  assert.deepEqual([imagesOf(figure)[0].sizex, imagesOf(figure)[0].sizey], [WIDTH, HEIGHT]);
  assert.match(imagesOf(figure)[0].source, /^data:image\/jpeg;base64,/);
  assert.equal(boxesDrawn(figure, "round"), 2);
  assert.equal(boxesDrawn(figure, ESCAPED), 2);
  assert.ok(
    hoverTexts(figure).every((text) => /patient p\d/.test(text) && text.includes("pixels")),
  );
});

test("each kind of box is in the legend once", async () => {
  const figure = await figures.imageGrid(dataset, dataset.images);
  const legend = figure.data.filter(({ showlegend }) => showlegend).map(({ name }) => name);
  assert.deepEqual(legend.sort(), [ESCAPED, "round"].sort());
});

test("a figure without images is an error", async () => {
  await assert.rejects(figures.imageGrid(dataset, []), /no image/);
});

test("network inputs are square, and their boxes fit", async () => {
  const figure = await figures.networkInputs(dataset, dataset.images.slice(0, 1), config);
  assertFigure(figure);
  assert.deepEqual([imagesOf(figure)[0].sizex, imagesOf(figure)[0].sizey], [64, 64]);
  // 80 pixels become 64. The image is 60 pixels high and is moved down by (80 - 60) / 2 original
  // pixels.
  const x = values(tracesNamed(figure, "round")[0], "x") as number[];
  const y = values(tracesNamed(figure, "round")[0], "y") as number[];
  assert.deepEqual([x[0], x[1]], [8, 24]);
  assert.deepEqual([y[0], y[2]], [16, 40]);
});

test("augmentations of one image", async () => {
  const sample = await loadSample(dataset.images[0], config);
  const changes = [null, randomAugmentation(presets.default.augmentation, 64, new Random(1))];
  const figure = await figures.augmentations(sample, changes, CLASS_NAMES);
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 2);
  assert.notEqual(imagesOf(figure)[0].source, imagesOf(figure)[1].source);
});
