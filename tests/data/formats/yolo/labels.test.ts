import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatLabels, parseLabels } from "../../../../src/data/formats/yolo/labels";
import type { ImageBox } from "../../../../src/types";

const CONTEXT = { width: 200, height: 100, classCount: 2, file: "labels/train/01_1.txt" };

test("fractions of the image become pixels", () => {
  const { annotations, problems } = parseLabels(
    "1 0.5 0.25 0.125 0.5\n\n 0\t.75 5e-1 0.5 1. \n",
    CONTEXT,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(annotations, [
    { classId: 1, box: [87.5, 0, 112.5, 50], line: 1 },
    { classId: 0, box: [100, 0, 200, 100], line: 3 },
  ]);
});

test("a byte order mark, CRLF and a missing last line end are valid; an empty file is an image without boxes", () => {
  const { annotations, problems } = parseLabels(
    "\uFEFF0 0.5 0.5 0.2 0.2\r\n1 0.2 0.2 0.1 0.1",
    CONTEXT,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    annotations.map(({ line }) => line),
    [1, 2],
  );
  const nothing = { annotations: [], problems: [], conversions: {}, isUsable: true };
  assert.deepEqual(parseLabels("", CONTEXT), nothing);
  assert.deepEqual(parseLabels("\n \r\n", CONTEXT), nothing);
});

test("each kind of faulty line is reported with its line number, and gives no box", () => {
  const cases: [string, RegExp][] = [
    ["0 0.5 0.5 0.2", /expected 5 numbers.*found 4/],
    ["0 0.5 0.5 0.2 0.2 0.9 1 1", /8 numbers are neither a box .* nor a polygon/],
    ["0 NaN 0.5 0.2 0.2", /'NaN' is not a number/],
    ["0 0.5 Infinity 0.2 0.2", /'Infinity' is not a number/],
    ["0 0,5 0.5 0.2 0.2", /'0,5' is not a number/],
    ["tumor 0.5 0.5 0.2 0.2", /'tumor' is not a number/],
    ["0.5 0.5 0.5 0.2 0.2", /class '0.5' is not a whole number/],
    ["-1 0.5 0.5 0.2 0.2", /class '-1' is not a whole number/],
    ["2 0.5 0.5 0.2 0.2", /class 2 is unknown.*0 to 1/],
    ["0 100 50 20 20", /100 is outside \[0, 1\].*not pixels/],
    ["0 0.5 1.2 0.2 0.2", /1.2 is outside/],
    ["0 -0.1 0.5 0.2 0.2", /-0.1 is outside/],
    ["0 0.5 0.5 0 0.2", /empty: 0 x 20 pixels/],
    ["0 0.5 0.5 0.2 1e-9", /empty: 40 x 0 pixels/],
    ["0 1.0005 0.5 0.0004 0.2", /empty: 0 x 20 pixels/],
  ];
  for (const [bad, message] of cases) {
    const { annotations, problems } = parseLabels(
      `0 0.5 0.5 0.1 0.1\n${bad}\n1 0.2 0.2 0.1 0.1\n`,
      CONTEXT,
    );
    assert.deepEqual(
      annotations.map(({ line }) => line),
      [1, 3],
      bad,
    );
    assert.equal(problems.length, 1, bad);
    const [problem] = problems;
    assert.deepEqual(
      [problem.severity, problem.isFault ?? false, problem.file, problem.line],
      bad.startsWith("2 ") ? ["error", false, CONTEXT.file, 2] : ["warning", true, CONTEXT.file, 2],
      bad,
    );
    assert.match(problem.message, message);
  }
});

test("the same box twice is left out on the later line, in any notation and with any class", () => {
  const { annotations, problems } = parseLabels(
    "0 0.5 0.5 0.2 0.2\n0 .5 0.50 2e-1 0.2\n1 0.5 0.5 0.2 0.2\n",
    CONTEXT,
  );
  assert.equal(annotations.length, 1);
  assert.deepEqual(
    problems.map(({ isFault, leftOut, line }) => `${isFault} ${leftOut} ${line}`),
    ["true box 2", "true box 3"],
  );
  assert.match(problems[0].message, /the same box as on line 1/);
  assert.match(problems[1].message, /the same box as on line 1, of another class/);
});

test("a box that reaches beyond the image is clipped, with a warning if it is more than rounding", () => {
  const rounded = parseLabels("0 0.05 0.5 0.1001 0.2\n", CONTEXT);
  assert.deepEqual(rounded.problems, []);
  assert.equal(rounded.annotations[0].box[0], 0);
  const beyond = parseLabels("0 0.05 0.5 0.2 0.2\n", CONTEXT);
  assert.equal(beyond.annotations[0].box[0], 0);
  assert.deepEqual(
    beyond.problems.map(({ severity, line }) => [severity, line]),
    [["warning", 1]],
  );
  assert.match(beyond.problems[0].message, /5.0 % beyond the image/);
});

test("every class is valid while the classes are unknown", () => {
  assert.deepEqual(
    parseLabels("7 0.5 0.5 0.2 0.2\n", { ...CONTEXT, classCount: null }).problems,
    [],
  );
});

test("boxes that are written and read again differ by less than a thousandth of a pixel", () => {
  const edge = (most: number) =>
    fc.tuple(fc.integer({ min: 0, max: most - 3 }), fc.integer({ min: 2, max: most }));
  fc.assert(
    fc.property(edge(512), edge(384), fc.integer({ min: 0, max: 1 }), ([x, w], [y, h], classId) => {
      const size = { width: 512, height: 384 };
      const box: ImageBox = [x, y, Math.min(x + w, 512), Math.min(y + h, 384)];
      const text = formatLabels([{ classId, box }], size);
      const { annotations, problems } = parseLabels(text, {
        ...size,
        classCount: 2,
        file: "a.txt",
      });
      assert.deepEqual(problems, []);
      assert.equal(annotations[0].classId, classId);
      annotations[0].box.forEach((value, i) => assert.ok(Math.abs(value - box[i]) < 1e-3, text));
    }),
  );
  assert.equal(formatLabels([], { width: 10, height: 10 }), "");
});
