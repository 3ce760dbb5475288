import assert from "node:assert/strict";
import { test } from "node:test";
import { errorTypes as judge } from "../../src/metrics/error-types";
import { recallByFactor as group } from "../../src/metrics/recall-by-factor";
import { errorTypes } from "../../src/plots/error-types";
import { recallByFactor } from "../../src/plots/recall-by-factor";
import { detection, groundTruth } from "../metrics/cases";
import { assertFigure, values } from "./cases";

const TRUTHS = [
  groundTruth("a", [[0, 0, 20, 20]]),
  groundTruth("b", [[10, 10, 40, 40]]),
  groundTruth("c", [[5, 5, 9, 9]]),
];
const FOUND = [
  { imageId: "a", detections: [detection([0, 0, 20, 20], 0.9), detection([70, 70, 90, 90], 0.8)] },
  { imageId: "b", detections: [detection([10, 10, 40, 22], 0.7)] },
];

test("costs are bars with counts on them, and the title has the threshold", () => {
  const results = [false, true].map((classAware) =>
    judge(TRUTHS, FOUND, { classAware, scoreThreshold: 0.25 }),
  );
  const figure = errorTypes(results);
  assertFigure(figure);
  assert.match(JSON.stringify(figure.layout.title), /IoU 0\.5.*scores from 0\.25/);
  assert.deepEqual(
    figure.data.map(({ name }) => name),
    ["class-agnostic", "class-aware"],
  );
  assert.deepEqual(
    values(figure.data[0], "x").slice(0, 6),
    results[0].types.map(({ type }) => type),
  );
  assert.deepEqual(values(figure.data[0], "text").slice(0, 6), ["0", "1", "0", "0", "1", "1"]);
  assertFigure(errorTypes([]));
});

test("recall by factor has a panel for each factor, with counts in the labels", () => {
  const figure = recallByFactor(group(TRUTHS, FOUND, { scoreThreshold: 0.25 }));
  assertFigure(figure);
  assert.equal(figure.data.length, 4);
  assert.deepEqual(values(figure.data[0], "x"), ["4 to 30<br>1 of 3 found"]);
  assert.match(JSON.stringify(figure.layout.title), /scores from 0\.25, IoU from 0\.5/);
});
