import assert from "node:assert/strict";
import test from "node:test";
import type { Metrics } from "../../src/metrics/metrics";
import { stoppedEarly } from "../../src/training/early-stopping";

const validations = (...values: (number | null)[]) =>
  values.map((AP, i) => ({ epoch: 2 * (i + 1), metrics: { classAgnostic: { AP } } as Metrics }));

test("training stops after so many validations that are not better; an equal one is not better", () => {
  assert.deepEqual(stoppedEarly(validations(0.1, 0.4, 0.3, 0.4), 2), { epoch: 4, value: 0.4 });
  assert.equal(stoppedEarly(validations(0.1, 0.4, 0.3), 2), null);
  assert.equal(stoppedEarly(validations(0.1, 0.4, 0.3, 0.5), 2), null);
});

test("validations without AP take no part", () => {
  assert.equal(stoppedEarly(validations(null, null, null), 1), null);
  assert.equal(stoppedEarly(validations(null, 0.4, null, 0.3), 2), null);
  assert.deepEqual(stoppedEarly(validations(null, 0.4, null, 0.3, 0.2), 2), {
    epoch: 4,
    value: 0.4,
  });
});

test("without patience, or before the first validation, training goes on", () => {
  assert.equal(stoppedEarly(validations(0.4, 0.3, 0.2, 0.1), null), null);
  assert.equal(stoppedEarly([], 1), null);
});
