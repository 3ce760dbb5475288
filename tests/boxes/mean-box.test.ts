import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { area, flattenBoxes, iou } from "../../src/boxes/box";
import { meanBox } from "../../src/boxes/mean-box";
import { assertClose } from "../assertions";
import { boxes } from "./arbitrary";

test("the mean of two tumors is a box between them that touches neither", () => {
  const left = [20, 100, 60, 140] as const;
  const right = [160, 100, 200, 140] as const;
  const mean = meanBox(flattenBoxes([left, right]));
  assert.deepEqual(mean, [90, 100, 130, 140]);
  assert.equal(iou(mean, left), 0);
  assert.equal(iou(mean, right), 0);
});

test("the mean of one box is the box, and there is no mean of no box", () => {
  assert.deepEqual(meanBox(flattenBoxes([[1, 2, 3.5, 8]])), [1, 2, 3.5, 8]);
  assert.throws(() => meanBox(flattenBoxes([])), /there is no box to average/);
});

test("the mean has an area, lies within the extent of the boxes, and does not depend on their order", () => {
  fc.assert(
    fc.property(boxes(12, 1), (list) => {
      const mean = meanBox(flattenBoxes(list));
      assert.ok(area(mean) > 0);
      mean.forEach((edge, side) => {
        const edges = list.map((box) => box[side]);
        assertClose(edge, edges.reduce((sum, value) => sum + value, 0) / edges.length, 1e-6);
        assert.ok(edge >= Math.min(...edges) - 1e-4 && edge <= Math.max(...edges) + 1e-4);
      });
      assertClose(meanBox(flattenBoxes([...list].reverse())), mean, 1e-6);
    }),
  );
});
