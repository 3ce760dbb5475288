import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Dataset } from "../../src/data/dataset";
import { worstImages } from "../../src/metrics/worst-images";
import { meanBoxDetections } from "../../src/metrics/mean-box-detections";
import * as figures from "../../src/plots/index";
import type { ImageDetections } from "../../src/types";
import { detection } from "../metrics/cases";
import {
  assertFigure,
  boxesDrawn,
  CLASS_NAMES,
  hoverTexts,
  imagesOf,
  smallDataset,
  tracesNamed,
  values,
} from "./cases";

const options = { classNames: CLASS_NAMES, minScore: 0.5 };
let dataset: Dataset;
let detections: ImageDetections[];
before(async () => {
  dataset = await smallDataset();
  const [one, two, empty] = dataset.images;
  detections = [
    {
      imageId: one.id,
      detections: [
        detection([10, 10, 30, 37], 0.9, [0.8, 0.2]),
        detection([0, 0, 5, 5], 0.4, [1, 0]),
      ],
    },
    {
      imageId: two.id,
      detections: [
        detection([12, 10, 30, 40], 0.8, [0.7, 0.3]),
        detection([50, 20, 70, 30], 0.7, [0, 1]),
      ],
    },
    { imageId: empty.id, detections: [detection([40, 40, 50, 50], 0.6, [0, 1])] },
  ];
});

test("hits, false positives and ground truth; detections below the threshold are left out", async () => {
  const figure = await figures.detectionGrid(dataset.images, detections, options);
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 4);
  assert.equal(boxesDrawn(figure, "ground truth"), 4);
  assert.equal(boxesDrawn(figure, "hit"), 3);
  assert.equal(boxesDrawn(figure, "false positive"), 1);
  assert.match((figure.layout.title as { text: string }).text, /0\.5/);
});

test("hover texts have file, patient, class, score and IoU", async () => {
  const figure = await figures.detectionGrid(dataset.images, detections, options);
  const text = hoverTexts(figure).find((line) => line.includes("score 0.9"))!;
  for (const part of ["p1_1.png", "patient p1", "round (0.8)", "IoU 0.9", "20 × 27 pixels"]) {
    assert.ok(text.includes(part), `'${part}' in '${text}'`);
  }
  // Class names come from files and must not become tags.
  assert.ok(hoverTexts(figure).some((line) => line.includes("&lt;ring&gt; &amp; rim")));
  assert.ok(!hoverTexts(figure).some((line) => line.includes("<ring>")));
});

test("each detection has its score as a label", async () => {
  const figure = await figures.detectionGrid(dataset.images.slice(0, 1), detections, options);
  const labels = figure.data
    .filter(({ mode }) => mode === "text")
    .flatMap((trace) => values(trace, "text"));
  assert.deepEqual(labels, ["0.90"]);
});

test("the worst images stay in their order, and titles count their errors", async () => {
  const errors = worstImages(dataset.groundTruths(), detections, {
    scoreThreshold: options.minScore,
  });
  const figure = await figures.worstImageGrid(errors.slice(0, 3), dataset.images, {
    ...options,
    detections,
  });
  assertFigure(figure);
  const titles = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);
  assert.deepEqual(titles, ["p3_1.png<br>1 missed", "p2_1.png<br>1 false", "p1_1.png<br>no error"]);
  await assert.rejects(
    figures.worstImageGrid(errors, dataset.images.slice(0, 1), { ...options, detections }),
    /not among/,
  );
});

test("the mean box beside the boxes after NMS", async () => {
  const means = meanBoxDetections(detections, { scoreThreshold: options.minScore });
  const figure = await figures.meanBoxComparison([dataset.images[1]], {
    ...options,
    detections,
    meanBoxes: means,
  });
  assertFigure(figure);
  assert.equal(boxesDrawn(figure, "hit"), 2);
  assert.equal(boxesDrawn(figure, "mean box"), 1);
  assert.deepEqual(values(tracesNamed(figure, "mean box")[0], "x").slice(0, 2), [31, 50]);
});
