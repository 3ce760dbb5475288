import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes } from "../../src/boxes/box";
import { BoxCoder } from "../../src/boxes/box-coder";
import type { Box } from "../../src/types";
import { assertClose } from "../assertions";
import { hardReference, reference } from "../reference/boxes";
import { box, extremeBox } from "./arbitrary";

const { references, targets, encoded, deltas, decoded, weights } = reference.coding;
const flat = (rows: number[][]) => Float32Array.from(rows.flat());

test("deltas by hand: the shift of the center in sides of the reference, and the logarithm of the growth", () => {
  // The center moves from (10, 10) to (15, 20), and the size changes from 20 x 20 to 10 x 40.
  const [dx, dy, dw, dh] = new BoxCoder().encode(
    flattenBoxes([[0, 0, 20, 20]]),
    flattenBoxes([[10, 0, 20, 40]]),
  );
  assertClose([dx, dy, dw, dh], [0.25, 0.5, Math.log(0.5), Math.log(2)], 1e-6);
});

test("encoding and decoding equal the reference, including the limit of growth", () => {
  assertClose(new BoxCoder(weights).encode(flat(references), flat(targets)), encoded, 1e-5);
  assertClose(new BoxCoder(weights).decode(flat(references), flat(deltas)), decoded, 1e-5);
});

test("decoding is the inverse of encoding", () => {
  const weight = fc.double({ min: 0.5, max: 20, noNaN: true });
  fc.assert(
    fc.property(box, box, weight, weight, (from, to, position, size) => {
      const rule = [position, position, size, size] as const;
      const start = flattenBoxes([from]);
      const target = flattenBoxes([to]);
      // Decoding limits the growth of a side to a factor of 62.5.
      fc.pre(
        [0, 1].every((axis) => (to[axis + 2] - to[axis]) / (from[axis + 2] - from[axis]) < 60),
      );
      const back = new BoxCoder(rule).decode(start, new BoxCoder(rule).encode(start, target));
      back.forEach((edge, i) =>
        assert.ok(Math.abs(edge - target[i]) < 2e-3, `edge ${i}: ${edge}, expected ${target[i]}`),
      );
    }),
  );
});

test("decoding is the inverse of encoding with four different weights, for boxes from 0.01 to 100,000 pixels", () => {
  const weight = fc.double({ min: 0.1, max: 30, noNaN: true });
  const pixel = fc
    .tuple(fc.integer({ min: 0, max: 319 }), fc.integer({ min: 0, max: 319 }))
    .map(([x, y]) => [x, y, x + 1, y + 1] as const);
  const any = fc.oneof(extremeBox, pixel);
  fc.assert(
    fc.property(any, any, fc.tuple(weight, weight, weight, weight), (from, to, rule) => {
      const [start, target] = [flattenBoxes([from]), flattenBoxes([to])];
      const sides = (b: typeof from) => [b[2] - b[0], b[3] - b[1]];
      const [fromSides, toSides] = [sides(from), sides(to)];
      fc.pre([0, 1].every((axis) => toSides[axis] / fromSides[axis] < 60));
      const back = new BoxCoder(rule).decode(start, new BoxCoder(rule).encode(start, target));
      // Deltas are 32-bit numbers. The error of the center is proportional to its distance, and the
      // error of the size to the size. The error of an edge is proportional to its coordinate.
      back.forEach((edge, i) => {
        const axis = i % 2;
        const distance = Math.abs(to[axis] + to[axis + 2] - from[axis] - from[axis + 2]);
        const scale = Math.max(Math.abs(to[i]), distance, toSides[axis], fromSides[axis]);
        assert.ok(Math.abs(edge - to[i]) <= 4e-6 * scale, `edge ${i}: ${edge}, expected ${to[i]}`);
      });
    }),
  );
});

test("deltas do not depend on the size and the position of the pair of boxes", () => {
  fc.assert(
    fc.property(box, box, fc.integer({ min: -4, max: 4 }), (from, to, exponent) => {
      const moved = (b: Box) =>
        flattenBoxes([b.map((edge) => edge * 2 ** exponent) as unknown as Box]);
      assertClose(
        new BoxCoder().encode(moved(from), moved(to)),
        new BoxCoder().encode(flattenBoxes([from]), flattenBoxes([to])),
        1e-6,
      );
    }),
  );
});

test("boxes without a size encode to finite deltas, and extreme deltas decode to finite boxes", () => {
  const point = flattenBoxes([[5, 5, 5, 5]]);
  const large = flattenBoxes([[0, 0, 100, 100]]);
  for (const values of [
    new BoxCoder().encode(point, large),
    new BoxCoder().encode(large, point),
    new BoxCoder().decode(large, Float32Array.of(0, 0, 1e6, 1e6)),
  ]) {
    assert.ok(values.every(Number.isFinite));
  }
});

test("different numbers of boxes are refused", () => {
  assert.throws(
    () => new BoxCoder().encode(flattenBoxes([[0, 0, 1, 1]]), flattenBoxes([])),
    /BoxCoder\.encode.*1 references for 0 targets/,
  );
  assert.throws(
    () => new BoxCoder().decode(flattenBoxes([]), new Float32Array(4)),
    /BoxCoder\.decode.*0 references for 1 deltas/,
  );
});

test("decoding equals PyTorch's, also for limited growth, boxes of one pixel and anchors outside the image", () => {
  const given = hardReference.decoding;
  assertClose(
    new BoxCoder(given.weights).decode(flat(given.references), flat(given.input)),
    given.decoded,
    1e-5,
  );
});
