import assert from "node:assert/strict";
import test from "node:test";
import { learningRateFactor } from "../../src/training/schedule";

test("cosine: rises over the warm-up to 1, is 0.5 in the middle, and near 0 at the end", () => {
  const factor = (step: number) =>
    learningRateFactor(
      { kind: "cosine", warmupSteps: 10 },
      { step, stepsPerEpoch: 11, epochs: 10 },
    );
  assert.equal(factor(0), 0.1);
  assert.equal(factor(9), 1);
  assert.equal(factor(10), 1);
  assert.ok(Math.abs(factor(60) - 0.5) < 1e-12);
  assert.ok(factor(109) < 0.001);
});

test("step: is multiplied after every so many epochs", () => {
  const factor = (epoch: number, by: number) =>
    learningRateFactor(
      { kind: "step", epochs: 4, factor: by },
      { step: epoch * 7, stepsPerEpoch: 7, epochs: 10 },
    );
  assert.deepEqual(
    [0, 3, 4, 7, 8].map((epoch) => factor(epoch, 0.1).toFixed(3)),
    ["1.000", "1.000", "0.100", "0.100", "0.010"],
  );
  assert.equal(factor(4, 1e-7), 1e-7);
});

test("a warm-up longer than the run ends with the run", () => {
  const position = { step: 9, stepsPerEpoch: 10, epochs: 1 };
  assert.equal(learningRateFactor({ kind: "cosine", warmupSteps: 100 }, position), 1);
});
