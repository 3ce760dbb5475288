import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fitTemperature,
  reliability,
  scoredOutcomes,
  temperedOutcomes,
} from "../../src/metrics/calibration";
import { cocoMetrics } from "../../src/metrics/coco-metrics";
import { patientFindings } from "../../src/metrics/patient-findings";
import * as figures from "../../src/plots/index";
import { assertFigure, tracesNamed, values } from "./cases";
import { detections, groundTruths } from "./judged-images";

test("reliability before and after a temperature, with the number of detections", () => {
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

test("metrics by box size; a size without boxes is a gap", () => {
  const metrics = cocoMetrics(groundTruths, detections, { classAware: false });
  const figure = figures.cocoMetrics([{ name: "class-agnostic", metrics }]);
  assertFigure(figure);
  const [bars] = tracesNamed(figure, "class-agnostic");
  const at = (label: string) => values(bars, "y")[values(bars, "x").indexOf(label)];
  assert.deepEqual([at("AP medium"), at("AR, 1"), at("AR small")], [null, 1, 1]);
  assert.ok(Math.abs((at("AP small") as number) - metrics.APsmall!) < 1e-3);
});

test("found and missed boxes by patient, with the threshold in the title", () => {
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
