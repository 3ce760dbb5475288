import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnnotationCollector } from "../../../../src/data/annotation-collector";
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
    ["0 0,5 0.5 0.2 0.2", /'0,5' is not a number: write a decimal point/],
    ["0 0.5 -12,34 0.2 0.2", /'-12,34' is not a number: write a decimal point/],
    ["0 1,2,3 0.5 0.2 0.2", /'1,2,3' is not a number: correct or remove the line/],
    ["0,0.5,0.5,0.2,0.2", /expected 5 numbers .*, separated by blanks, found 1/],
    ["0", /expected 5 numbers \(class xc yc w h\), found 1/],
    ["0,1 0.5", /expected 5 numbers \(class xc yc w h\), found 2/],
    ["0 0.5 0.5 -0.2 0.2", /the width '-0.2' is negative/],
    ["0 0.5 0.5 0.2 -0.3", /the height '-0.3' is negative/],
    ["0 0.1 0.2 0.4 0.2 0.4 1.6", /1.6 is outside \[0, 1\]/],
    ["0 0.1 0.2 0.4 0.2 0.4 0.6 0.1 -0.6", /-0.6 is outside \[0, 1\]/],
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

test("polygons, oriented boxes and keypoints become boxes and are counted; numbers as in Python", () => {
  const square = "0.1 0.2 0.4 0.2 0.4 0.6 0.1 0.6";
  const cases: [string, ImageBox, Readonly<Record<string, number>>, boolean?][] = [
    ["0 0.4 0.2 0.1 0.6 0.2 0.3", [20, 20, 80, 60], { polygons: 1 }],
    [`0 ${square}`, [20, 20, 80, 60], { "oriented boxes, or polygons of four points,": 1 }],
    [`0 ${square} 0.2 0.8`, [20, 20, 80, 80], { polygons: 1 }],
    ["0 0.5 0.5 0.2 0.2 0.1 0.1", [80, 40, 120, 60], { "boxes have keypoints": 1 }, true],
    ["0 0.5 0.5 0.2 0.2", [80, 40, 120, 60], {}, true],
    ["+0  5e-1  5E-01 2e-1 .02e+1", [80, 40, 120, 60], {}],
    ["0 .05e1 5e-1 .2e0 .2", [80, 40, 120, 60], {}],
    ["0 0.1 0.2 -0.0005 0.6 0.4 0.3", [0, 20, 80, 60], { polygons: 1 }],
    ["0 0.5 0.5 0.2 0.2 7 -3", [80, 40, 120, 60], { "boxes have keypoints": 1 }, true],
  ];
  for (const [text, box, counts, hasKeypoints] of cases) {
    const parsed = parseLabels(text, { ...CONTEXT, hasKeypoints });
    assert.deepEqual([parsed.problems, parsed.isUsable], [[], true], text);
    assert.deepEqual(
      parsed.annotations.map((annotation) => annotation.box.map((edge) => Math.round(edge))),
      [box],
      text,
    );
    const found = Object.entries(parsed.conversions);
    assert.equal(found.length, Object.keys(counts).length, text);
    for (const [kind, count] of Object.entries(counts))
      assert.ok(
        found.some(([name, n]) => name.startsWith(kind) && n === count),
        text,
      );
  }
  const two = parseLabels("0 0.4 0.2 0.1 0.6 0.2 0.3\n0 0.5 0.2 0.1 0.6 0.2 0.3", CONTEXT);
  assert.deepEqual(Object.values(two.conversions), [2]);
});

test("a file is usable if it is empty or gives a box; a class that is unknown does not change that", () => {
  const usable = (text: string) => parseLabels(text, CONTEXT).isUsable;
  assert.equal(usable("0 0.5 0.5"), false);
  assert.equal(usable("0 0.5 0.5\n0 0.5 0.5 0.2 0.2"), true);
  // It is an error, which stops training anyway.
  assert.equal(usable("9 0.5 0.5 0.2 0.2"), true);
});

test("limits: the highest class, coordinates a little outside, and a sixth number", () => {
  const unnamed = { ...CONTEXT, classCount: null };
  assert.deepEqual(parseLabels("999 0.5 0.5 0.2 0.2", unnamed).problems, []);
  const [{ message, severity }] = parseLabels("1000 0.5 0.5 0.2 0.2", unnamed).problems;
  assert.deepEqual([severity, /class 1000 is higher than 999/.test(message)], ["error", true]);
  assert.equal(parseLabels("0 1.001 0.5 0.2 0.2", CONTEXT).annotations.length, 1);
  assert.equal(parseLabels("0 1.0011 0.5 0.2 0.2", CONTEXT).annotations.length, 0);
  assert.equal(parseLabels("0 -0.001 0.5 0.2 0.2", CONTEXT).annotations.length, 1);
  assert.equal(parseLabels("0 -0.0011 0.5 0.2 0.2", CONTEXT).annotations.length, 0);
  const scored = parseLabels("0 0.5 0.5 0.2 0.2 1.7", CONTEXT);
  assert.equal(scored.annotations.length, 1);
  assert.match(scored.problems[0].message, /^it has a sixth number, which is not used/);
  assert.equal(scored.problems[0].severity, "warning");
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
  const collector = new AnnotationCollector(CONTEXT);
  collector.add({ classId: 0, box: [10, 10, 1e300, 50], line: 1 });
  const { annotations, problems } = collector.result();
  assert.deepEqual(annotations[0].box, [10, 10, 200, 50]);
  assert.match(problems[0].message, /the box reaches far beyond the image: it was clipped/);
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
