import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { averagePrecision } from "../../src/metrics/average-precision";
import { type CocoMetrics, cocoMetrics } from "../../src/metrics/coco-metrics";
import { meanOfPresent } from "../../src/metrics/mean-of-present";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { pycocotoolsCases, READINGS, unpack } from "./pycocotools";

const cases = pycocotoolsCases();
const TOLERANCE = 1e-9;

describe("the twelve metrics against pycocotools", () => {
  for (const example of cases) {
    test(example.name, () => {
      const { groundTruths, detections } = unpack(example);
      for (const reading of READINGS) {
        const metrics = cocoMetrics(groundTruths, detections, {
          classAware: reading === "classAware",
        });
        const names = Object.keys(metrics) as (keyof CocoMetrics)[];
        assert.equal(names.length, 12);
        for (const name of names) {
          const [value, expected] = [metrics[name], example[reading][name]];
          const isClose =
            value === null || expected === null
              ? value === expected
              : Math.abs(value - expected) <= TOLERANCE;
          assert.ok(isClose, `${reading} ${name}: ${value}, not ${expected}`);
        }
      }
    });
  }

  test("the cases have boxes of every size, and some have no boxes of a size", () => {
    for (const name of ["APsmall", "APmedium", "APlarge"] as const) {
      const values = cases.map(({ classAware }) => classAware[name]);
      assert.ok(
        values.some((value) => value !== null && value > 0.1 && value < 0.9),
        name,
      );
      assert.ok(values.includes(null), name);
    }
  });
});

describe("the twelve metrics by hand", () => {
  const square = (side: number, x = 0): Box => [x, 0, x + side, side];
  const find = (boxes: readonly Box[], found: readonly Box[]) =>
    cocoMetrics(
      [groundTruth("a", boxes), groundTruth("empty", [])],
      [{ imageId: "a", detections: found.map((box, i) => detection(box, 0.9 - 0.1 * i)) }],
      { classAware: false },
    );

  test("a box at the border of two sizes belongs to both", () => {
    const metrics = find([square(32)], [square(32)]);
    assert.deepEqual([metrics.APsmall, metrics.APmedium, metrics.APlarge], [1, 1, null]);
    assert.deepEqual([metrics.ARsmall, metrics.ARmedium, metrics.ARlarge], [1, 1, null]);
  });

  test("detections of boxes of another size do not count", () => {
    // The medium box is found first. This detection is not a false positive among the small boxes.
    const metrics = find([square(40, 50), square(10)], [square(40, 50), square(10)]);
    assert.deepEqual([metrics.APsmall, metrics.APmedium], [1, 1]);
  });

  test("a stray detection lowers only the AP of its own size", () => {
    const metrics = find(
      [square(40), square(10, 60)],
      [[60, 60, 70, 70], square(40), square(10, 60)],
    );
    assert.equal(metrics.APmedium, 1);
    assert.ok(Math.abs(metrics.APsmall! - 1 / 2) < 1e-12);
  });

  test("average recall grows with the number of detections", () => {
    const metrics = find([square(10), square(10, 20)], [square(10), square(10, 20)]);
    assert.deepEqual([metrics.AR1, metrics.AR10, metrics.AR100], [0.5, 1, 1]);
  });

  test("AP equals that of averagePrecision", () => {
    const { groundTruths, detections } = unpack(cases[1]);
    for (const classAware of [false, true]) {
      const { AP, AP50, AP75 } = averagePrecision(groundTruths, detections, { classAware });
      const metrics = cocoMetrics(groundTruths, detections, { classAware });
      for (const [value, expected] of [
        [metrics.AP, AP],
        [metrics.AP50, AP50],
        [metrics.AP75, AP75],
      ]) {
        assert.ok(Math.abs(value! - expected!) < 1e-12);
      }
    }
  });

  test("no images: all metrics are null", () => {
    const metrics = cocoMetrics([], [], { classAware: true });
    assert.deepEqual(new Set(Object.values(metrics)), new Set([null]));
  });
});

test("a mean leaves out metrics that do not exist", () => {
  assert.equal(meanOfPresent([null, 0.5, 1]), 0.75);
  assert.equal(meanOfPresent([null]), null);
  assert.equal(meanOfPresent([]), null);
});
