import assert from "node:assert/strict";
import test from "node:test";
import { learningRateFactor } from "../../src/training/schedule";

test("cosine: rises over the warm-up, is 1 after it, one half midway, near 0 at the end", () => {
  const factor = (step: number) =>
    learningRateFactor({ kind: "cosine", warmupSteps: 10 }, step, 11, 10);
  assert.equal(factor(0), 0.1);
  assert.equal(factor(9), 1);
  assert.equal(factor(10), 1);
  assert.ok(Math.abs(factor(60) - 0.5) < 1e-12);
  assert.ok(factor(109) < 0.001);
});

test("step: multiplied after every so many epochs, and never to nothing as with the original's factor", () => {
  const factor = (epoch: number, by: number) =>
    learningRateFactor({ kind: "step", epochs: 4, factor: by }, epoch * 7, 7, 10);
  assert.deepEqual(
    [0, 3, 4, 7, 8].map((epoch) => factor(epoch, 0.1).toFixed(3)),
    ["1.000", "1.000", "0.100", "0.100", "0.010"],
  );
  assert.equal(factor(4, 1e-7), 1e-7);
});

test("a warm-up longer than the run ends with the run", () => {
  assert.equal(learningRateFactor({ kind: "cosine", warmupSteps: 100 }, 9, 10, 1), 1);
});
