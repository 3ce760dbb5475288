/** The window from percentiles, against sorting all values. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { quantileSorted } from "simple-statistics";
import { percentileWindow } from "../../../src/data/volumes/grey-window";
import { Random } from "../../../src/util/random";

for (const { title, valueAt } of [
  { title: "different values", valueAt: (random: Random) => random.uniform(-900, 3000) },
  { title: "few values", valueAt: (random: Random) => random.integer(4) },
  {
    title: "a background of one value",
    valueAt: (random: Random) => (random.chance(0.8) ? -0.5 : random.uniform(-0.4, 7)),
  },
  {
    title: "holes and infinite values",
    valueAt: (random: Random) =>
      random.chance(0.1) ? [NaN, Infinity, -Infinity][random.integer(3)] : random.uniform(0, 1),
  },
])
  test(`percentiles are those of the sorted values: ${title}`, () => {
    const random = new Random(title);
    for (const size of [1, 2, 3, 200, 9999]) {
      const values = Float32Array.from({ length: size }, () => valueAt(random));
      values[0] = 5;
      const sorted = values.filter((value) => Number.isFinite(value)).sort();
      for (const percentiles of [
        [0.5, 99.5],
        [0, 100],
        [25, 75],
      ] as const) {
        const before = values.slice();
        const { level, width } = percentileWindow(values, percentiles);
        const [low, high] = percentiles.map((percent) =>
          quantileSorted(sorted as unknown as number[], percent / 100),
        );
        assert.equal(level, (low + high) / 2);
        assert.equal(width, high - low);
        assert.deepEqual(values, before);
      }
    }
  });

test("without a finite value there is no window", () => {
  assert.throws(
    () => percentileWindow(Float32Array.of(NaN, Infinity), [0.5, 99.5]),
    /none of its values is finite/,
  );
});
