import assert from "node:assert/strict";
import { test } from "node:test";
import { shapeIou } from "../../src/boxes/anchors";
import { COVERED_FRACTION, COVERED_IOU, fitAnchors } from "../../src/planning/fit-anchors";
import { sizesBetween } from "./statistics";

const square = (size: number) => ({ width: size, height: size });
const repeat = <T>(value: T, count: number) => Array<T>(count).fill(value);

test("two clusters of squares, by hand: their sizes, and one ratio", () => {
  const boxes = [...repeat(square(20), 10), ...repeat(square(50), 10)];
  const fitted = fitAnchors([boxes], { sizes: [2, 7], seed: 1 });
  assert.deepEqual(fitted, { sizes: [20, 50], ratios: [1], covered: 1 });
});

test("flat and tall boxes of one size need two ratios", () => {
  const flat = { width: 40, height: 20 };
  const tall = { width: 20, height: 40 };
  const boxes = [...repeat(flat, 10), ...repeat(tall, 10)];
  const { sizes, ratios, covered } = fitAnchors([boxes], { sizes: [1, 1], seed: 1 });
  assert.deepEqual([sizes, ratios, covered], [[28], [0.5, 2], 1]);
});

test("the number of sizes grows until the stated fraction is covered, and no further", () => {
  const boxes = sizesBetween(20, 160, 200).map(square);
  const { sizes, ratios, covered } = fitAnchors([boxes], { sizes: [1, 9], seed: 1 });
  assert.ok(covered >= COVERED_FRACTION);
  const recall = (given: readonly number[]) =>
    boxes.filter((box) => given.some((size) => shapeIou(box, square(size)) >= COVERED_IOU)).length /
    boxes.length;
  assert.deepEqual(ratios, [1]);
  assert.ok(Math.abs(recall(sizes) - covered) < 1e-9);
  const { covered: fewer } = fitAnchors([boxes], { sizes: [1, sizes.length - 1], seed: 1 });
  assert.ok(fewer < COVERED_FRACTION, `${fewer} with fewer sizes`);
});

test("each level gets its own sizes; a level without boxes gets those of all", () => {
  const small = repeat(square(20), 12);
  const large = repeat(square(200), 12);
  const { sizes } = fitAnchors([small, large], { sizes: [1, 1], seed: 1 });
  assert.deepEqual(sizes, [20, 200]);
  const sparse = fitAnchors([small, [], large], { sizes: [2, 2], seed: 1 });
  assert.equal(sparse.sizes.length, 6);
  assert.deepEqual(sparse.sizes.slice(0, 2), [20, 20]);
  assert.deepEqual(sparse.sizes.slice(4), [200, 200]);
});

test("with few boxes, sizes are spread evenly, and a single box is possible", () => {
  const { sizes } = fitAnchors([[10, 20, 40].map(square)], { sizes: [3, 3], seed: 1 });
  assert.deepEqual(sizes, [10, 20, 40]);
  assert.deepEqual(fitAnchors([[square(33)]], { sizes: [2, 3], seed: 1 }).covered, 1);
});

test("boxes of one size have one size of anchors, and as many as others in a pyramid", () => {
  const boxes = Array.from({ length: 12 }, () => square(67));
  const options = { sizes: [3, 5], seed: 1 } as const;
  assert.deepEqual(fitAnchors([boxes], options).sizes, [67]);
  assert.deepEqual(fitAnchors([boxes.slice(0, 2)], options).sizes, [67]);
  const others = sizesBetween(130, 260, 30).map(square);
  assert.equal(fitAnchors([boxes, others], options).sizes.length % 2, 0);
});

test("boxes that are flatter or taller than the limits of a configuration get the nearest ratio", () => {
  const ratiosOf = (width: number, height: number) =>
    fitAnchors([repeat({ width, height }, 6)], { sizes: [1, 1], seed: 1 }).ratios;
  assert.deepEqual(ratiosOf(500, 1), [0.01]);
  assert.deepEqual(ratiosOf(2, 500), [100]);
});

test("equal data give equal anchors", () => {
  const boxes = sizesBetween(15, 90, 60).map((size, i) => ({
    width: size,
    height: size * (1 + (i % 3) / 4),
  }));
  const options = { sizes: [3, 7], seed: 4 } as const;
  assert.deepEqual(fitAnchors([boxes], options), fitAnchors([[...boxes]], options));
});
