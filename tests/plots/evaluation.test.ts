import assert from "node:assert/strict";
import { test } from "node:test";
import { averagePrecision } from "../../src/metrics/average-precision";
import type { ComparedRun } from "../../src/runs/compare-runs";
import { detectionOutcomes } from "../../src/metrics/outcomes";
import * as figures from "../../src/plots/index";
import { detection, groundTruth } from "../metrics/cases";
import { assertFigure, tracesNamed, values } from "./cases";

const groundTruths = [
  groundTruth("a", [[0, 0, 10, 10]], [0]),
  groundTruth("b", [[0, 0, 10, 10]], [1]),
];
const detections = [
  { imageId: "a", detections: [detection([0, 0, 10, 10], 0.9, [0.9, 0.1])] },
  { imageId: "b", detections: [detection([50, 50, 60, 60], 0.6, [0.5, 0.5])] },
];
const results = [
  averagePrecision(groundTruths, detections, { classAware: false }),
  averagePrecision(groundTruths, detections, { classAware: true }),
];

test("precision against recall, a named curve for each ranking", () => {
  const figure = figures.precisionRecall(results, ["one", "two"]);
  assertFigure(figure);
  const names = figure.data.map(({ name }) => String(name).replace(/, AP50.*/, ""));
  assert.deepEqual(names, ["class-agnostic", "class-aware: one", "class-aware: two"]);
  const [agnostic] = figure.data;
  assert.deepEqual(
    [agnostic.x, agnostic.y],
    [
      [0.5, 0.5],
      [1, 0.5],
    ],
  );
  assert.match(String(agnostic.name), /AP50 0\.505/);
  assert.deepEqual(agnostic.text, ["0.9", "0.6"]);
});

test("AP at each IoU threshold; a curve without boxes is a gap", () => {
  const figure = figures.apByIou(results);
  assertFigure(figure);
  const [trace] = tracesNamed(figure, "class-agnostic");
  assert.deepEqual(trace.x, [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]);
  assert.ok(values(trace, "y").every((value) => value === 0.505));
  const nothing = averagePrecision([groundTruth("a", [])], [], { classAware: false });
  assert.ok(values(figures.apByIou([nothing]).data[0], "y").every((value) => value === null));
});

test("scores of hits and false positives, with the threshold", () => {
  const figure = figures.scoreHistogram(detectionOutcomes(groundTruths, detections), 0.7);
  assertFigure(figure);
  assert.deepEqual(tracesNamed(figure, "hits")[0].x, [0.9]);
  assert.deepEqual(tracesNamed(figure, "false positives")[0].x, [0.6]);
  assert.match(JSON.stringify(figure.layout.annotations), /threshold 0\.7/);
  const empty = figures.scoreHistogram(detectionOutcomes(groundTruths.slice(0, 0), []), 0.7);
  assert.deepEqual(empty.data, [], "a group without detections has bars, of which Plotly warns");
});

test("runs side by side, a bar for each metric; without boxes there is a gap", () => {
  const compared = (path: string, preset: string, AP: number | null) =>
    ({
      path,
      manifest: { config: { preset } },
      metrics: {
        classAgnostic: { AP, AP50: 0.9, AP75: 0.7 },
        classAware: { AP: 0.3, AP50: 0.4, AP75: null },
      },
    }) as ComparedRun;
  const figure = figures.runComparison([
    compared("runs/a", "default", 0.5),
    compared("runs/b", "accurate", null),
  ]);
  assertFigure(figure);
  assert.deepEqual(
    figure.data.map(({ name }) => name),
    ["a (default)", "b (accurate)"],
  );
  assert.deepEqual(
    figure.data.map(({ y }) => y),
    [
      [0.9, 0.7, 0.5, 0.4, 0.3],
      [0.9, 0.7, null, 0.4, 0.3],
    ],
  );
});
