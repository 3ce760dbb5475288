import assert from "node:assert/strict";
import test from "node:test";
import { loadAhead } from "../../src/data/loader";

const items = Array.from({ length: 11 }, (_, i) => i);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("batches are complete and in order, and the next ones are begun before they are needed", async () => {
  const begun: number[] = [];
  const seen: number[][] = [];
  for await (const batch of loadAhead(items, 2, async (item) => {
    begun.push(item);
    await turn();
    return item;
  })) {
    seen.push(batch);
    if (seen.length === 1)
      assert.ok(begun.length >= 6, `${begun.length} begun with the first batch`);
    assert.ok(begun.length <= 2 * (seen.length + 3), "not all batches at once");
  }
  assert.deepEqual(seen, [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]]);
});

test("an item that cannot be loaded throws when its batch is reached, not before", async () => {
  const seen: number[][] = [];
  const load = (item: number) =>
    item === 5 ? Promise.reject(new Error("item 5 is damaged")) : Promise.resolve(item);
  await assert.rejects(async () => {
    for await (const batch of loadAhead(items, 2, load)) {
      seen.push(batch);
      await turn();
    }
  }, /item 5 is damaged/);
  assert.deepEqual(seen, [
    [0, 1],
    [2, 3],
  ]);
});

test("without items there is no batch", async () => {
  for await (const batch of loadAhead([], 4, () => Promise.resolve(1)))
    assert.fail(`${batch.length}`);
});
