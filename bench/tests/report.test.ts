import assert from "node:assert/strict";
import { test } from "node:test";
import { casesByName } from "../cases";
import { warnOfLoad } from "../machine";
import { profileTable } from "../operation-clock";
import { ratioFigure } from "../ratio-figure";
import { markdownReport, mergeCases } from "../report";
import type { CaseResult } from "../run-case";
import { assertFigure } from "../../tests/plots/cases";

const result = (name: string, oursMs: number, referenceMs: number): CaseResult => ({
  name,
  title: `title of ${name}`,
  reference: "PyTorch",
  oursMs,
  referenceMs,
  ratio: oursMs / referenceMs,
  ratioQuartiles: [0.4, 0.6],
  oursPeakMiB: 300,
  referencePeakMiB: 200,
  images: 8,
  rounds: 7,
  distances: [{ kind: "loss", value: 2e-7, worst: "loss/a", tolerance: 1e-5 }],
  versions: { Node: "20" },
  measured: "2026-01-02T03:04:05Z",
  load: 0.1,
});
const machine = { processor: "CPU", cores: 2, memoryGiB: 24, system: "Linux 6", load: 0.1 };

test("a row has the ratio first, then times, images per second, memory and the distance of the results", () => {
  const row = markdownReport({ machine, cases: [result("a", 100, 200)] })
    .split("\n")
    .find((line) => line.includes("title of a"));
  assert.equal(
    row,
    "| title of a | 0.50 (0.40 to 0.60) | 100 ms, 80 images/s | 200 ms, 40 images/s | 1.50 | 300 / 200 | PyTorch | loss 2e-7 |",
  );
});

test("a case that is measured again replaces its old result, the others stay", () => {
  const merged = mergeCases(
    [result("a", 1, 1), result("b", 2, 1)],
    [result("a", 3, 1), result("c", 4, 1)],
  );
  assert.deepEqual(
    merged.map(({ name, oursMs }) => [name, oursMs]),
    [
      ["a", 3],
      ["b", 2],
      ["c", 4],
    ],
  );
});

test("the figure has a bar of time and one of memory for each case", () => {
  const drawn = ratioFigure([result("a", 100, 200), result("b", 300, 100)]);
  assertFigure(drawn);
  assert.deepEqual(
    drawn.data.map(({ x }) => x),
    [
      [3, 0.5],
      [1.5, 1.5],
    ],
  );
});

test("a busy machine gives a warning", () => {
  assert.equal(warnOfLoad({ load: 0.4, cores: 2 }), null);
  assert.match(warnOfLoad({ load: 3, cores: 2 })!, /load 3 on 2 cores/);
});

test("an unknown case is refused with the names of all cases", () => {
  assert.throws(() => casesByName(["nms", "speed"]), /no case 'speed': .*detection/);
});

test("the rows of a profile add up to the duration of the step", () => {
  const times = [
    { name: "Conv2D", milliseconds: 60, calls: 20 },
    { name: "Relu", milliseconds: 20, calls: 40 },
    { name: "Add", milliseconds: 10, calls: 10 },
  ];
  const [title, ...rows] = profileTable(times, { steps: 10, stepMilliseconds: 12, rows: 1 }).split(
    "\n",
  );
  assert.match(title, /12\.0 ms/);
  const parts = rows.map((row) => Number(/([\d.]+) ms/.exec(row)![1]));
  assert.deepEqual(parts, [6, 3, 3]);
  assert.match(rows[0], /50\.0 % {5}2\.0 × Conv2D/);
});
