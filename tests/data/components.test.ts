/** Connected components of masks, by hand and by a property. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectedComponents } from "../../src/data/components";
import { Random } from "../../src/util/random";

test("parts that touch at a corner are one component, and a gap of one voxel parts them", () => {
  const mask = Uint8Array.from([
    ...[1, 0, 0, 0, 1],
    ...[0, 1, 0, 0, 1],
    ...[0, 0, 0, 0, 0],
    ...[1, 0, 0, 0, 1],
  ]);
  const found = connectedComponents(mask, { width: 5, height: 4, depth: 1 });
  assert.deepEqual(
    found.map(({ size, slices }) => [size, slices.get(0)]),
    [
      [2, { x1: 0, y1: 0, x2: 2, y2: 2, area: 2 }],
      [2, { x1: 4, y1: 0, x2: 5, y2: 2, area: 2 }],
      [1, { x1: 0, y1: 3, x2: 1, y2: 4, area: 1 }],
      [1, { x1: 4, y1: 3, x2: 5, y2: 4, area: 1 }],
    ],
  );
  assert.ok(mask.every((value) => value === 0));
});

test("the first and the last column do not touch, nor do the rows of neighboring slices", () => {
  const row = Uint8Array.from([0, 0, 1, 1, 0, 0]);
  assert.equal(connectedComponents(row, { width: 3, height: 2, depth: 1 }).length, 2);
  const column = Uint8Array.from([0, 0, 0, 1, 1, 0, 0, 0]);
  const found = connectedComponents(column, { width: 1, height: 4, depth: 2 });
  assert.equal(found.length, 2);
});

test("a component through several slices has a part in each", () => {
  const shape = { width: 4, height: 4, depth: 3 };
  const mask = new Uint8Array(48);
  // (x, y, z): 1,1,0 – 2,2,1 – 3,3,2 touch at corners.
  for (const [x, y, z] of [
    [1, 1, 0],
    [2, 2, 1],
    [3, 3, 2],
  ])
    mask[(z * 4 + y) * 4 + x] = 1;
  const [only, ...others] = connectedComponents(mask, shape);
  assert.equal(others.length, 0);
  assert.deepEqual([...only.slices.keys()].sort(), [0, 1, 2]);
  assert.deepEqual(only.slices.get(2), { x1: 3, y1: 3, x2: 4, y2: 4, area: 1 });
});

test("sizes add up to the voxels of the mask, and areas to the sizes", () => {
  const random = new Random("components");
  const shape = { width: 9, height: 7, depth: 5 };
  for (let i = 0; i < 50; i++) {
    const density = random.uniform(0, 0.6);
    const mask = Uint8Array.from({ length: 315 }, () => (random.uniform() < density ? 1 : 0));
    const inside = mask.filter(Boolean).length;
    const found = connectedComponents(mask, shape);
    assert.equal(
      found.reduce((sum, { size }) => sum + size, 0),
      inside,
    );
    for (const { size, slices } of found)
      assert.equal(
        [...slices.values()].reduce((sum, { area }) => sum + area, 0),
        size,
      );
  }
});
