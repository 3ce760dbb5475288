import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { averagePrecision, NOTHING_TO_FIND } from "../../src/metrics/average-precision";
import { CocoMetrics, cocoMetrics, meanOfPresent } from "../../src/metrics/coco-metrics";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { pycocotoolsCases, READINGS, unpack } from "./pycocotools";

const cases = pycocotoolsCases();
const TOLERANCE = 1e-9;

describe("the twelve figures against pycocotools", () => {
  for (const example of cases) {
    test(example.name, () => {
      const { groundTruths, detections } = unpack(example);
      for (const reading of READINGS) {
        const figures = cocoMetrics(groundTruths, detections, {
          classAware: reading === "classAware",
        });
        assert.equal(Object.keys(figures).length, 12);
        for (const [name, value] of Object.entries(figures) as [keyof CocoMetrics, number][]) {
          const expected = example[reading][name];
          assert.ok(
            Math.abs(value - expected) <= TOLERANCE,
            `${reading} ${name}: ${value}, not ${expected}`,
          );
        }
      }
    });
  }

  test("the cases hold boxes of every size, and some lack a size", () => {
    for (const name of ["APsmall", "APmedium", "APlarge"] as const) {
      const values = cases.map(({ classAware }) => classAware[name]);
      assert.ok(
        values.some((value) => value > 0.1 && value < 0.9),
        name,
      );
      assert.ok(values.includes(NOTHING_TO_FIND), name);
    }
  });
});

describe("the twelve figures by hand", () => {
  const square = (side: number, x = 0): Box => [x, 0, x + side, side];
  const find = (boxes: readonly Box[], found: readonly Box[]) =>
    cocoMetrics(
      [groundTruth("a", boxes), groundTruth("empty", [])],
      [{ imageId: "a", detections: found.map((box, i) => detection(box, 0.9 - 0.1 * i)) }],
      { classAware: false },
    );

  test("a box at the border of two sizes belongs to both", () => {
    const figures = find([square(32)], [square(32)]);
    assert.deepEqual([figures.APsmall, figures.APmedium, figures.APlarge], [1, 1, NOTHING_TO_FIND]);
    assert.deepEqual([figures.ARsmall, figures.ARmedium, figures.ARlarge], [1, 1, NOTHING_TO_FIND]);
  });

  test("detections of boxes of another size are neither right nor wrong", () => {
    // The medium box is found first. Among small boxes, that detection must not count as a false
    // positive.
    const figures = find([square(40, 50), square(10)], [square(40, 50), square(10)]);
    assert.deepEqual([figures.APsmall, figures.APmedium], [1, 1]);
  });

  test("a stray detection costs the figure of its own size only", () => {
    const figures = find(
      [square(40), square(10, 60)],
      [[60, 60, 70, 70], square(40), square(10, 60)],
    );
    assert.equal(figures.APmedium, 1);
    assert.ok(Math.abs(figures.APsmall - 1 / 2) < 1e-12);
  });

  test("average recall grows with the detections allowed", () => {
    const figures = find([square(10), square(10, 20)], [square(10), square(10, 20)]);
    assert.deepEqual([figures.AR1, figures.AR10, figures.AR100], [0.5, 1, 1]);
  });

  test("the same AP as averagePrecision's", () => {
    const { groundTruths, detections } = unpack(cases[1]);
    for (const classAware of [false, true]) {
      const { AP, AP50, AP75 } = averagePrecision(groundTruths, detections, { classAware });
      const figures = cocoMetrics(groundTruths, detections, { classAware });
      for (const [own, other] of [
        [figures.AP, AP],
        [figures.AP50, AP50],
        [figures.AP75, AP75],
      ]) {
        assert.ok(Math.abs(own - other) < 1e-12);
      }
    }
  });

  test("no image at all", () => {
    const figures = cocoMetrics([], [], { classAware: true });
    assert.deepEqual(new Set(Object.values(figures)), new Set([NOTHING_TO_FIND]));
  });
});

test("what is not there is left out of a mean", () => {
  assert.equal(meanOfPresent([NOTHING_TO_FIND, 0.5, 1]), 0.75);
  assert.equal(meanOfPresent([]), NOTHING_TO_FIND);
});
