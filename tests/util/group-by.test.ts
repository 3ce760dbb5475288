import assert from "node:assert/strict";
import { test } from "node:test";
import { groupBy } from "../../src/util/group-by";

test("groups and their items keep the order in which they come", () => {
  const groups = groupBy([5, 2, 8, 1, 4], (value) => value % 2);
  assert.deepEqual(
    [...groups],
    [
      [1, [5, 1]],
      [0, [2, 8, 4]],
    ],
  );
  assert.equal(groupBy([], () => 1).size, 0);
});
