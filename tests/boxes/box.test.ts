import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  area,
  boxAt,
  boxCount,
  clipBoxes,
  concatBoxes,
  concatNumbers,
  flattenBoxes,
  gatherBoxes,
  iou,
  iouMatrix,
  unflattenBoxes,
} from "../../src/boxes/box";
import { assertClose } from "../assertions";
import { reference } from "../reference/boxes";
import type { Box, NetworkBoxes } from "../../src/types";
import { box, boxes, extremeBox } from "./arbitrary";

test("boxes are converted to a flat array and back", () => {
  const list = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ] as [number, number, number, number][];
  const flat = flattenBoxes(list);
  assert.equal(boxCount(flat), 2);
  assert.deepEqual(unflattenBoxes(flat), list);
  assert.deepEqual(boxAt(flat, 1), list[1]);
  assert.deepEqual(unflattenBoxes(gatherBoxes(flat, [1, 0, 1])), [list[1], list[0], list[1]]);
  assert.deepEqual(unflattenBoxes(flattenBoxes([])), []);
});

test("arrays of boxes are joined in their order", () => {
  const parts = [[0, 1, 2, 3], [], [4, 5, 6, 7, 8, 9, 10, 11]].map(
    (part) => new Float32Array(part),
  );
  const joined = concatBoxes(parts as NetworkBoxes[]);
  assert.deepEqual(
    [...joined],
    Array.from({ length: 12 }, (_, i) => i),
  );
  assert.deepEqual([...concatNumbers([])], []);
  assert.deepEqual([...concatNumbers([Float32Array.of(1), Float32Array.of(2, 3)])], [1, 2, 3]);
});

test("area and IoU equal the results by hand", () => {
  assert.equal(area([10, 10, 20, 15]), 50);
  assert.equal(area([20, 10, 10, 15]), 0, "an inverted box is empty");
  assert.equal(iou([0, 0, 10, 10], [5, 0, 15, 10]), 50 / 150);
  assert.equal(iou([0, 0, 10, 10], [10, 0, 20, 10]), 0, "touching boxes do not overlap");
  assert.equal(iou([0, 0, 10, 10], [2, 2, 4, 4]), 4 / 100);
  assert.equal(iou([5, 5, 5, 5], [5, 5, 5, 5]), 0, "the IoU of two empty boxes is 0, not NaN");
  assert.equal(iou([9, 9, 1, 1], [0, 0, 10, 10]), 0);
  assert.equal(
    iou([0, 0, 1e-170, 1e-170], [0, 0, 1e-170, 1e-170]),
    0,
    "sides whose product is rounded to 0",
  );
});

test("the IoU matrix equals the reference", () => {
  const { a, b, matrix } = reference.iou;
  assertClose(iouMatrix(Float32Array.from(a.flat()), Float32Array.from(b.flat())), matrix, 1e-6);
});

test("IoU is symmetric, in [0, 1], 1 for equal boxes, and does not depend on shift and scale; the matrix contains it", () => {
  fc.assert(
    fc.property(box, box, (a, b) => {
      const value = iou(a, b);
      assert.equal(value, iou(b, a));
      assert.ok(value >= 0 && value <= 1);
      assertClose(iou(a, a), 1, 1e-12);
      const moved = (c: typeof a) =>
        c.map((edge, i) => 2 * edge + (i % 2 ? 64 : -32)) as unknown as typeof a;
      assertClose(iou(moved(a), moved(b)), value, 1e-9);
      assertClose(iouMatrix(flattenBoxes([a]), flattenBoxes([b]))[0], value, 1e-6);
    }),
  );
});

test("for boxes of any size, IoU is at most the ratio of the areas, and 0 for separate and for touching boxes", () => {
  fc.assert(
    fc.property(extremeBox, extremeBox, fc.integer({ min: -8, max: 8 }), (a, b, exponent) => {
      const value = iou(a, b);
      assert.ok(value >= 0 && value <= 1, `${value}`);
      assert.equal(value, iou(b, a));
      assert.equal(iou(a, a), 1);
      const scaled = (c: Box) => c.map((edge) => edge * 2 ** exponent) as unknown as Box;
      assertClose(iou(scaled(a), scaled(b)), value, 1e-12);
      const ratio = Math.min(area(a), area(b)) / Math.max(area(a), area(b));
      assert.ok(
        value <= ratio * (1 + 1e-12),
        "the intersection is at most the smaller area, and the union at least the larger one",
      );
      const width = a[2] - a[0];
      const height = a[3] - a[1];
      assert.equal(iou(a, [a[2], a[1], a[2] + width, a[3]]), 0, "touching on the right");
      assert.equal(iou(a, [a[0], a[1] - 2 * height, a[2], a[1] - height]), 0, "separate, above");
    }),
  );
});

test("the IoU matrix is empty when there are no boxes on one side", () => {
  const one = flattenBoxes([[0, 0, 1, 1]]);
  assert.equal(iouMatrix(one, flattenBoxes([])).length, 0);
  assert.equal(iouMatrix(flattenBoxes([]), one).length, 0);
});

test("clipping moves boxes into the image, and does not change boxes in the image", () => {
  assert.deepEqual(
    boxAt(clipBoxes(flattenBoxes([[-5, 3, 400, 250]]), 300, 200), 0),
    [0, 3, 300, 200],
  );
  fc.assert(
    fc.property(boxes(8), (list) => {
      const clipped = clipBoxes(flattenBoxes(list), 300, 200);
      unflattenBoxes(clipped).forEach((c) => {
        assert.ok(
          c[0] >= 0 && c[2] <= 300 && c[1] >= 0 && c[3] <= 200 && c[0] <= c[2] && c[1] <= c[3],
        );
      });
      assert.deepEqual(clipBoxes(clipped, 300, 200), clipped);
    }),
  );
});

test("clipping keeps the intersection of box and image, never enlarges a box, and can be repeated with smaller images", () => {
  fc.assert(
    fc.property(
      extremeBox,
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 700 }),
      (one, width, height) => {
        const clipped = boxAt(clipBoxes(flattenBoxes([one]), width, height), 0);
        assert.ok(
          clipped[2] - clipped[0] <= one[2] - one[0] && clipped[3] - clipped[1] <= one[3] - one[1],
        );
        const image: Box = [0, 0, width, height];
        // The clipped box is exactly the intersection.
        const shared = (b: Box) => {
          const overlap = iou(b, image);
          return (overlap * (area(b) + area(image))) / (1 + overlap);
        };
        assertClose(area(clipped), shared(one), 1e-5);
        const twice = clipBoxes(
          clipBoxes(flattenBoxes([one]), 2 * width, 2 * height),
          width,
          height,
        );
        assert.deepEqual(boxAt(twice, 0), clipped, "clipped to a larger image first");
      },
    ),
  );
});
