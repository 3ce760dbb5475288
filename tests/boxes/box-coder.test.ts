import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flattenBoxes } from "../../src/boxes/box";
import { BoxCoder } from "../../src/boxes/box-coder";
import { decodeBoxesTensor } from "../../src/tensor/decode-boxes";
import { tf } from "../../src/tensor/tensorflow";
import type { Box } from "../../src/types";
import { assertClose } from "../assertions";
import { hardReference, reference } from "../reference/boxes";
import { box, extremeBox } from "./arbitrary";

const { references, targets, encoded, deltas, decoded, weights } = reference.coding;
const flat = (rows: number[][]) => Float32Array.from(rows.flat());

test("deltas by hand: centre shift in sizes of the reference, logarithm of the growth", () => {
  // Centre from (10, 10) to (15, 20), 20 x 20 to 10 x 40.
  const [dx, dy, dw, dh] = new BoxCoder().encode(
    flattenBoxes([[0, 0, 20, 20]]),
    flattenBoxes([[10, 0, 20, 40]]),
  );
  assertClose([dx, dy, dw, dh], [0.25, 0.5, Math.log(0.5), Math.log(2)], 1e-6);
});

test("encoding and decoding equal the reference, the clamp on growth included", () => {
  assertClose(new BoxCoder(weights).encode(flat(references), flat(targets)), encoded, 1e-5);
  assertClose(new BoxCoder(weights).decode(flat(references), flat(deltas)), decoded, 1e-5);
});

test("decoding undoes encoding", () => {
  const weight = fc.double({ min: 0.5, max: 20, noNaN: true });
  fc.assert(
    fc.property(box, box, weight, weight, (from, to, position, size) => {
      const rule = [position, position, size, size] as const;
      const start = flattenBoxes([from]);
      const target = flattenBoxes([to]);
      // A side may not grow more than 62.5-fold in one step.
      fc.pre(
        [0, 1].every((axis) => (to[axis + 2] - to[axis]) / (from[axis + 2] - from[axis]) < 60),
      );
      const back = new BoxCoder(rule).decode(start, new BoxCoder(rule).encode(start, target));
      back.forEach((edge, i) =>
        assert.ok(Math.abs(edge - target[i]) < 2e-3, `edge ${i}: ${edge}, not ${target[i]}`),
      );
    }),
  );
});

test("decoding undoes encoding with four different weights, from a hundredth of a pixel to 100,000 and for boxes of one pixel", () => {
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
      // Deltas are 32-bit numbers: what they say of the center is exact to a part of its distance,
      // of the size to a part of the size (a logarithm of up to 16 is exact to 1e-6), and edges to
      // a part of where they lie.
      back.forEach((edge, i) => {
        const axis = i % 2;
        const distance = Math.abs(to[axis] + to[axis + 2] - from[axis] - from[axis + 2]);
        const scale = Math.max(Math.abs(to[i]), distance, toSides[axis], fromSides[axis]);
        assert.ok(Math.abs(edge - to[i]) <= 4e-6 * scale, `edge ${i}: ${edge}, not ${to[i]}`);
      });
    }),
  );
});

test("deltas know neither where the pair of boxes lies nor how large it is", () => {
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

test("boxes of no size encode to finite deltas, and wild deltas decode to finite boxes", () => {
  const point = flattenBoxes([[5, 5, 5, 5]]);
  const whole = flattenBoxes([[0, 0, 100, 100]]);
  for (const values of [
    new BoxCoder().encode(point, whole),
    new BoxCoder().encode(whole, point),
    new BoxCoder().decode(whole, Float32Array.of(0, 0, 1e6, 1e6)),
  ]) {
    assert.ok(values.every(Number.isFinite));
  }
});

test("counts that differ are refused", () => {
  assert.throws(
    () => new BoxCoder().encode(flattenBoxes([[0, 0, 1, 1]]), flattenBoxes([])),
    /1 references for 0 targets/,
  );
  assert.throws(
    () => new BoxCoder().decode(flattenBoxes([]), new Float32Array(4)),
    /0 references for 1 deltas/,
  );
});

test("tensors decode alike, with the gradient of finite differences", () => {
  const rows = tf.tensor2d(references);
  const values = tf.tensor2d(deltas);
  const target = tf.tensor2d(targets);
  assertClose(decodeBoxesTensor(new BoxCoder(weights), rows, values).arraySync(), decoded, 1e-5);

  const loss = (x: tf.Tensor) =>
    decodeBoxesTensor(new BoxCoder(weights), rows, x as tf.Tensor2D)
      .mul(target)
      .sum();
  const gradient = tf.grad(loss)(values).arraySync() as number[][];
  const product = (row: number[], i: number) =>
    new BoxCoder(weights)
      .decode(flat([references[i]]), Float32Array.from(row))
      .reduce((sum, edge, side) => sum + edge * targets[i][side], 0);
  const step = 0.05;
  // Row 0 is clamped; rows further on are not, and are smooth.
  for (let i = 1; i < 6; i++) {
    for (let side = 0; side < 4; side++) {
      const shifted = (by: number) =>
        deltas[i].map((value, s) => (s === side ? value + by : value));
      const slope = (product(shifted(step), i) - product(shifted(-step), i)) / (2 * step);
      assertClose(gradient[i][side], slope, 5e-3, `gradient of row ${i}, delta ${side}`);
    }
  }
  assert.deepEqual(gradient[0].slice(2), [0, 0], "no gradient where growth is clamped");
});

test("decoding and its gradient equal PyTorch's: clamped growth, boxes of one pixel, anchors outside", () => {
  const given = hardReference.decoding;
  const rows = tf.tensor2d(given.references);
  assertClose(
    new BoxCoder(given.weights).decode(flat(given.references), flat(given.input)),
    given.decoded,
    1e-5,
  );
  const weighted = (x: tf.Tensor) =>
    decodeBoxesTensor(new BoxCoder(given.weights), rows, x as tf.Tensor2D)
      .mul(tf.tensor2d(given.upstream))
      .sum(1);
  assertClose(weighted(tf.tensor2d(given.input)).arraySync(), given.loss, 1e-5);
  assertClose(tf.grad(weighted)(tf.tensor2d(given.input)).arraySync(), given.gradient, 1e-5);
});

test("decoding no boxes is legal on tensors", () => {
  const none = tf.zeros([0, 4]) as tf.Tensor2D;
  assert.deepEqual(decodeBoxesTensor(new BoxCoder(), none, none).shape, [0, 4]);
});
