import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareSummaries, summaryIntervals } from "../../src/metrics/bootstrap";
import {
  fitTemperature,
  reliability,
  scoredOutcomes,
  temperedOutcomes,
} from "../../src/metrics/calibration";
import { cocoMetrics } from "../../src/metrics/coco-metrics";
import { froc } from "../../src/metrics/froc";
import { SUMMARY_METRICS } from "../../src/metrics/summary-metrics";
import { imageRoc } from "../../src/metrics/image-roc";
import { patientFindings } from "../../src/metrics/patient-findings";
import * as figures from "../../src/plots/index";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "../metrics/cases";
import { assertFigure, tracesNamed, values } from "./cases";

const BOX: Box = [0, 0, 10, 10];
const STRAY: Box = [50, 50, 60, 60];
const groundTruths = [
  groundTruth("a_1", [BOX]),
  groundTruth("b_1", [BOX], [1]),
  groundTruth("c_1", []),
  groundTruth("c_2", []),
];
const detections = [
  {
    imageId: "a_1",
    detections: [detection(BOX, 0.9, [0.8, 0.2]), detection(STRAY, 0.3, [0.5, 0.5])],
  },
  { imageId: "b_1", detections: [detection(BOX, 0.6, [0.4, 0.6])] },
  { imageId: "c_1", detections: [detection(STRAY, 0.7, [0.5, 0.5])] },
];

describe("FROC", () => {
  const result = froc(groundTruths, detections);

  test("a curve each for all and for tumor-free images, thresholds in the hover", () => {
    const figure = figures.froc([result, froc(groundTruths, detections, { iou: 0.1 })]);
    assertFigure(figure);
    const [all] = tracesNamed(figure, /^IoU 0.5, all 4 images, mean 0.929$/);
    // The threshold 0.9 has no false positive and stands at the axis's left end; after the last one
    // the curve goes on to the right.
    assert.deepEqual(all.x, [0.0156, 0.25, 0.25, 0.5, 8]);
    assert.deepEqual(all.y, [0.5, 0.5, 1, 1, 1]);
    assert.match(String(values(all, "text")[0]), /^0 false positives.*scores from 0\.9/);
    assert.match(
      String(values(all, "text")[2]),
      /0\.25 false positives.*sensitivity 1.*scores from 0\.6/,
    );
    const [apart] = tracesNamed(figure, /^IoU 0.5, 2 tumor-free images, mean/);
    assert.deepEqual(apart.x, [0.0156, 0.5, 0.5, 0.5, 8]);
    assert.equal(tracesNamed(figure, /^IoU 0.1/).length, 4);
  });

  test("the seven rates with their thresholds", () => {
    const [marks] = tracesNamed(figures.froc([result]), /all 4 images.*seven rates/);
    assert.deepEqual(marks.x, [0.125, 0.25, 0.5, 1, 2, 4, 8]);
    assert.deepEqual(marks.y, [0.5, 1, 1, 1, 1, 1, 1]);
    assert.match(
      String(values(marks, "text")[0]),
      /at most 1\/8 false positives.*scores from 0\.9/,
    );
    const noisy = froc(groundTruths, [detections[2]]);
    assert.match(
      String(values(tracesNamed(figures.froc([noisy]), /seven rates/)[0], "text")[0]),
      /no detection/,
    );
  });

  test("the threshold in use, on the curve", () => {
    const figure = figures.froc([result], { scoreThreshold: 0.65 });
    assertFigure(figure);
    const [mark] = tracesNamed(figure, /^threshold 0.65/);
    assert.deepEqual([mark.x, mark.y, mark.text], [[0.25], [0.5], ["threshold 0.65"]]);
    assert.deepEqual(
      tracesNamed(figures.froc([result], { scoreThreshold: 0.95 }), /^threshold/)[0].y,
      [0],
    );
  });

  test("nothing to find, nothing to draw", () => {
    const figure = figures.froc([froc([groundTruth("a", [])], [])]);
    assertFigure(figure);
    assert.deepEqual(figure.data, []);
    assertFigure(figures.froc([froc(groundTruths, [])]));
  });
});

test("image-level ROC with thresholds in the hover", () => {
  const figure = figures.imageRoc(imageRoc(groundTruths, detections));
  assertFigure(figure);
  const [line] = tracesNamed(figure, "2 images with a tumor, 2 without");
  assert.deepEqual(
    [line.x, line.y],
    [
      [0, 0, 0.5, 0.5, 1],
      [0, 0.5, 0.5, 1, 1],
    ],
  );
  assert.deepEqual(values(line, "text").slice(0, 2), ["no image", "highest score from 0.9"]);
  assert.match(JSON.stringify(figure.layout.title), /AUC 0\.750/);
  const nothing = figures.imageRoc(null);
  assertFigure(nothing);
  assert.match(JSON.stringify(nothing.layout.annotations), /images without one/);
});

describe("intervals", () => {
  const run = { detections, scoreThreshold: 0.65 };
  const poor = { detections: detections.slice(1), scoreThreshold: 0.2 };

  test("a dot a figure with its interval as error bar", () => {
    const intervals = summaryIntervals(groundTruths, run, { seed: 1, resamples: 100 });
    const figure = figures.summaryIntervals([{ name: "one", intervals }]);
    assertFigure(figure);
    const [trace] = tracesNamed(figure, "one (threshold 0.65)");
    const { ticktext } = figure.layout.yaxis as { ticktext: string[] };
    assert.equal(ticktext.length, SUMMARY_METRICS.length);
    const row = ticktext.indexOf("sensitivity at the threshold");
    const own = intervals.figures.find(({ name }) => name === "sensitivity")!;
    const bars = trace.error_x as { array: number[]; arrayminus: number[] };
    assert.deepEqual([own.value, own.low, own.high], [0.5, 0, 1]);
    assert.deepEqual(
      [values(trace, "x")[row], bars.arrayminus[row], bars.array[row]],
      [0.5, 0.5, 0.5],
    );
    assert.match(String(values(trace, "text")[row]), /threshold 0\.65: 0\.5 \(0 to 1\)/);
    assert.match(JSON.stringify(figure.layout.title), /95 % intervals over 3 patients/);
  });

  test("runs share a row; a figure that none has is left out", () => {
    const tumorsOnly = groundTruths.slice(0, 2);
    const of = (own: typeof run) => ({
      ...own,
      detections: own.detections.filter(({ imageId }) => imageId !== "c_1"),
    });
    const both = [run, poor].map((own, i) => ({
      name: `run ${i}`,
      intervals: summaryIntervals(tumorsOnly, of(own), { seed: 1, resamples: 20 }),
    }));
    const figure = figures.summaryIntervals(both);
    assertFigure(figure);
    const { ticktext } = figure.layout.yaxis as { ticktext: string[] };
    assert.ok(!ticktext.includes("image AUC"));
    assert.deepEqual(
      figure.data.map(({ y }) => (y as number[])[0]),
      [-0.18, 0.18],
    );
  });

  test("one patient: dots without bars", () => {
    const alone = { detections: detections.slice(0, 1), scoreThreshold: 0.5 };
    const intervals = summaryIntervals(groundTruths.slice(0, 1), alone, { seed: 1 });
    const figure = figures.summaryIntervals([{ name: "one", intervals }]);
    assertFigure(figure);
    assert.ok(
      (figure.data[0].error_x as { array: number[] }).array.every((length) => length === 0),
    );
    assert.match(String(values(figure.data[0], "text")[0]), /no interval/);
    assertFigure(figures.summaryIntervals([]));
  });

  test("differences: what the interval says in colors and words", () => {
    const comparison = compareSummaries(groundTruths, run, run, { seed: 1, resamples: 20 });
    // Set by hand, so that every color occurs.
    const changed = {
      ...comparison,
      figures: comparison.figures.map((own, i) =>
        i === 0
          ? { ...own, difference: 0.2, low: 0.1, high: 0.3, secondBetter: 0.99 }
          : i === 1
            ? { ...own, difference: -0.2, low: -0.3, high: -0.1 }
            : i === 2
              ? { ...own, difference: null }
              : own,
      ),
    };
    const figure = figures.pairedDifferences(changed, ["a", "b"]);
    assertFigure(figure);
    assert.deepEqual(tracesNamed(figure, "second better")[0].x, [0.2]);
    assert.deepEqual(tracesNamed(figure, "second worse")[0].x, [-0.2]);
    assert.equal(
      values(tracesNamed(figure, "no difference shown")[0], "x").length,
      SUMMARY_METRICS.length - 3,
    );
    assert.match(
      String(values(figure.data[0], "text")[0]),
      /0\.2 \(0\.1 to 0\.3\).*better in 99 %/,
    );
    assert.match(
      JSON.stringify(figure.layout.xaxis),
      /b \(threshold 0\.65\) minus<br>a \(threshold 0\.65\)/,
    );
    assert.match(JSON.stringify(figure.layout.title), /b against a, 95 %/);
  });
});

test("reliability before and after a temperature, and how many detections there are", () => {
  const scored = scoredOutcomes(groundTruths, detections, { minScore: 0.1 });
  const tempered = temperedOutcomes(scored, { temperature: 2 });
  const figure = figures.reliability([
    { name: "as given", result: reliability(scored) },
    { name: "fitted", result: reliability(tempered) },
  ]);
  assertFigure(figure);
  const [points, bars] = tracesNamed(figure, /^as given, ECE 0\.375$/);
  assert.deepEqual(
    [points.x, points.y],
    [
      [0.3, 0.6, 0.7, 0.9],
      [0, 1, 0, 1],
    ],
  );
  assert.deepEqual(bars.y, [0, 0, 1, 0, 0, 1, 1, 0, 1, 0]);
  assert.equal(tracesNamed(figure, /^fitted at temperature 2, ECE/).length, 2);
  assert.match(JSON.stringify(figure.layout.title), /scores from 0\.1, hits at IoU 0\.5/);
  assert.equal(fitTemperature(scored).detections, 4);
  assertFigure(
    figures.reliability([{ name: "none", result: reliability({ ...scored, outcomes: [] }) }]),
  );
});

test("figures by box size, a gap where there is no box of a size", () => {
  const metrics = cocoMetrics(groundTruths, detections, { classAware: false });
  const figure = figures.cocoMetrics([{ name: "class-agnostic", metrics }]);
  assertFigure(figure);
  const [bars] = tracesNamed(figure, "class-agnostic");
  const at = (label: string) => values(bars, "y")[values(bars, "x").indexOf(label)];
  assert.deepEqual([at("AP medium"), at("AR, 1"), at("AR small")], [null, 1, 1]);
  assert.ok(Math.abs((at("AP small") as number) - metrics.APsmall) < 1e-3);
});

test("boxes found and missed by patient, with the threshold", () => {
  const figure = figures.patientFindings(
    patientFindings(groundTruths, detections, { scoreThreshold: 0.65 }),
  );
  assertFigure(figure);
  assert.deepEqual(tracesNamed(figure, "found")[0].x, ["a", "b", "c"]);
  assert.deepEqual(tracesNamed(figure, "found")[0].y, [1, 0, 0]);
  assert.deepEqual(tracesNamed(figure, "missed")[0].y, [0, 1, 0]);
  assert.match(
    String(values(figure.data[0], "text")[2]),
    /patient c: 0 of 0.*1 false positives in 2 images/,
  );
  assert.match(JSON.stringify(figure.layout.title), /threshold 0\.65.*50 % of patients/);
});
