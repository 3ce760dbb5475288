/** A new summary metric is one file and one line in the registry. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { presets } from "../../src/config/index";
import { comparisonTable } from "../../src/display/tables";
import { compareSummaries, summaryIntervals } from "../../src/metrics/bootstrap";
import { computeMetrics } from "../../src/metrics/metrics";
import { evaluate } from "../../src/metrics/evaluate";
import {
  SUMMARY_METRIC_GROUPS,
  type SummaryMetricGroup,
  summaryWithoutThreshold,
} from "../../src/metrics/summary-metrics";
import { summaryTable } from "../../src/metrics/summary-table";
import * as figures from "../../src/plots/index";
import { modelCard } from "../../src/report/model-card";
import type { ComparedRun } from "../../src/runs/compare-runs";
import type { RunManifest } from "../../src/runs/run-manifest";
import { detection, groundTruth } from "./cases";

/** The file of a new metric. */
const emptyImages: SummaryMetricGroup = {
  metrics: [{ name: "images without detections", absence: "no images" }],
  prepare: ({ images }) => {
    const isEmpty = images.map(({ detections }) => detections.length === 0);
    return (weights) => {
      const weightOf = (image: number) => (weights ? weights[image] : 1);
      const all = isEmpty.reduce((sum, _, image) => sum + weightOf(image), 0);
      const empty = isEmpty.reduce((sum, value, i) => sum + (value ? weightOf(i) : 0), 0);
      return [all ? empty / all : null];
    };
  },
};
const NAME = emptyImages.metrics[0].name;

/** The line in the registry. */
const registry = SUMMARY_METRIC_GROUPS as SummaryMetricGroup[];
before(() => registry.push(emptyImages));
after(() => registry.pop());

const groundTruths = [
  groundTruth("a_1", [[0, 0, 10, 10]]),
  groundTruth("b_1", []),
  groundTruth("c_1", []),
  groundTruth("d_1", []),
];
const detections = [{ imageId: "a_1", detections: [detection([0, 0, 10, 10], 0.9)] }];
const run = { detections, scoreThreshold: 0.5 };
const manifest: RunManifest = {
  ...{ config: presets.default, classNames: ["tumor"], data: "", software: {} },
  ...{ images: { train: [], validation: [] }, epochs: 1, minutes: 1, best: null },
};

test("it is in the intervals, in their table and in their figure", () => {
  const intervals = summaryIntervals(groundTruths, run, { seed: 1, resamples: 50 });
  const { value, low, high } = intervals.figures.find(({ name }) => name === NAME)!;
  assert.equal(value, 3 / 4);
  assert.ok(low! < 3 / 4 && 3 / 4 < high!);
  const row = summaryTable(intervals).rows.find(([name]) => name === NAME)!;
  assert.equal(row[1], "0.750");
  const figure = figures.summaryIntervals([{ name: "one", intervals }]);
  const { ticktext } = figure.layout.yaxis as { ticktext: string[] };
  assert.ok(ticktext.includes(NAME));
});

test("it is in the comparison of runs, with and without intervals", () => {
  const other = { ...run, detections: [] };
  const { figures: differences } = compareSummaries(groundTruths, [run, other], {
    seed: 1,
    resamples: 50,
  });
  assert.equal(differences.find(({ name }) => name === NAME)!.difference, 1 / 4);
  const compared: ComparedRun = {
    ...{ path: "runs/a", manifest, detections },
    metrics: computeMetrics(groundTruths, detections, ["tumor"]),
    summary: summaryWithoutThreshold(groundTruths, detections),
    notes: [],
  };
  const table = comparisonTable([compared]);
  const [values] = table.values as unknown[][];
  assert.equal(values[table.columns.indexOf(NAME)], 3 / 4);
});

test("it is in the model card", () => {
  const evaluation = evaluate(groundTruths, detections, {
    classNames: ["tumor"],
    scoreThreshold: 0.5,
    seed: 1,
  });
  const card = modelCard({
    ...{ title: "", manifest, parts: [], patientOverlap: "", thresholdChoice: "", classNote: "" },
    testTimeAugmentation: null,
    evaluation,
    stages: null,
  });
  assert.match(card, new RegExp(`\\| ${NAME} \\| 0\\.750 \\| 0\\.\\d+ to \\d\\.\\d+ \\|`));
});

test("a metric that does not exist has a dash and the reason in tables", () => {
  const empty = groundTruths.slice(1);
  const intervals = summaryIntervals(empty, { ...run, detections: [] }, { seed: 1, resamples: 50 });
  const rows = new Map(summaryTable(intervals).rows.map(([name, ...texts]) => [name, texts]));
  assert.deepEqual(rows.get("class-agnostic AP50"), ["— (no boxes)", "—"]);
  assert.deepEqual(rows.get("precision"), ["— (no detections)", "—"]);
  assert.equal(rows.get(NAME)![0], "1.000");
  const summary = summaryWithoutThreshold(empty, []);
  const metrics = computeMetrics(empty, [], ["tumor"]);
  const table = comparisonTable([
    { path: "runs/a", manifest, detections: [], metrics, summary, notes: [] },
  ]);
  const [values] = table.values as unknown[][];
  assert.equal(values[table.columns.indexOf("class-aware AP")], "—");
});
