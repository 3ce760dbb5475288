import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { inParallel } from "../../src/util/in-parallel";

test("results are in the order of the items, and at most one item more than there are processors is under way", async () => {
  let underWay = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3, 0, 6, 7], async (item, index) => {
    most = Math.max(most, ++underWay);
    await pause(item);
    underWay--;
    return [item, index];
  });
  assert.deepEqual(
    results,
    [5, 1, 4, 2, 3, 0, 6, 7].map((item, index) => [item, index]),
  );
  assert.ok(most <= availableParallelism() + 1, `${most} at once`);
});

test("an error of one item is thrown", async () => {
  await assert.rejects(
    inParallel([1, 2, 3], (item) =>
      item === 2 ? Promise.reject(new Error("item 2")) : Promise.resolve(item),
    ),
    /item 2/,
  );
  assert.deepEqual(await inParallel([], () => Promise.reject(new Error())), []);
});
