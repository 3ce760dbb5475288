import assert from "node:assert/strict";
import { test } from "node:test";
import { compareResults } from "../agreement";
import type { WeightMap } from "../../src/weights/weight-map";

const results = (values: Record<string, number[]>): WeightMap =>
  new Map(
    Object.entries(values).map(([name, data]) => [
      name,
      { shape: [data.length], data: Float32Array.from(data) },
    ]),
  );

test("the result is the largest distance of each kind, relative to the reference's norm", () => {
  const reference = results({ "loss/a": [3, 4], "loss/b": [1], "gradient/x": [2] });
  const ours = results({ "loss/a": [3, 4.5], "loss/b": [1], "gradient/x": [2] });
  const found = compareResults(ours, reference, { loss: 0.11, gradient: 0 });
  assert.deepEqual(
    found.map(({ kind, value, worst }) => [kind, value, worst]),
    [
      ["loss", 0.1, "loss/a"],
      ["gradient", 0, "gradient/x"],
    ],
  );
});

test("a case is refused when the two sides do not compute the same", () => {
  const one = results({ "loss/a": [1, 2] });
  const refuse = (ours: Record<string, number[]>, reference: WeightMap, message: RegExp) =>
    assert.throws(() => compareResults(results(ours), reference, { loss: 0.01 }), message);
  refuse({ "loss/a": [1, 2.1] }, one, /'loss\/a' differs by 4\.5e-2, and 0\.01 is allowed/);
  refuse(
    { "loss/b": [1, 2] },
    one,
    /only this project has a result|only the reference has a result/,
  );
  refuse({ "loss/a": [1] }, one, /\[1\] in this project and \[2\] in the reference/);
  refuse({ "loss/a": [1, NaN] }, one, /not finite/);
  refuse({ "gradient/a": [1] }, one, /no tolerance for 'gradient'/);
});

test("a case is refused when both sides compute nothing", () => {
  const zeros = results({ "loss/a": [0, 0] });
  assert.throws(() => compareResults(zeros, zeros, { loss: 1 }), /all zeros/);
  assert.throws(
    () => compareResults(new Map(), new Map(), { loss: 1 }),
    /neither side has a result 'loss'/,
  );
});
