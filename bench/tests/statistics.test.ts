import assert from "node:assert/strict";
import { test } from "node:test";
import { growthExponent, summarize } from "../statistics";

test("one interrupted iteration does not change the medians", () => {
  const quiet = { ours: [10, 11, 12], reference: [20, 22, 24] };
  const { oursMs, referenceMs, ratio, ratioQuartiles } = summarize([
    quiet,
    { ...quiet, ours: [10, 11, 900] },
    quiet,
  ]);
  assert.deepEqual([oursMs, referenceMs, ratio], [11, 22, 0.5]);
  assert.deepEqual(ratioQuartiles, [0.5, 0.5]);
});

test("the quartiles show that rounds disagree", () => {
  const rounds = [1, 2, 3, 4, 5].map((ours) => ({ ours: [ours], reference: [1] }));
  assert.deepEqual(summarize(rounds).ratioQuartiles, [2, 4]);
});

test("a side without measurements is refused", () => {
  assert.throws(() => summarize([]), /nothing measured/);
  assert.throws(() => summarize([{ ours: [1], reference: [] }]), /round 1 of 1/);
});

test("the exponent of a power law is found", () => {
  const sizes = [1, 2, 4, 8];
  assert.ok(
    Math.abs(
      growthExponent(
        sizes,
        sizes.map((size) => 3 * size ** 1.5),
      ) - 1.5,
    ) < 1e-12,
  );
  assert.ok(Math.abs(growthExponent(sizes, [7, 7, 7, 7])) < 1e-12);
  assert.throws(() => growthExponent([5, 5], [1, 2]), /two different sizes/);
});
