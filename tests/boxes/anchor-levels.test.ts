import assert from "node:assert/strict";
import { test } from "node:test";
import {
  anchorGrids,
  anchorLevels,
  anchorsByLevel,
  generateLevelAnchors,
} from "../../src/boxes/anchor-levels";
import { boxAt, boxCount } from "../../src/boxes/box";
import type { AnchorConfig } from "../../src/config/index";

const config: AnchorConfig = { sizes: [8, 16], ratios: [1], placement: "center" };

test("the anchors of two levels, by hand", () => {
  // 32 pixels: 2 x 2 cells at stride 16 with squares of 8, and one cell at stride 32 with one of 16.
  const anchors = generateLevelAnchors(config, anchorGrids([16, 32], 32));
  assert.deepEqual(
    Array.from({ length: boxCount(anchors) }, (_, i) => [...boxAt(anchors, i)]),
    [
      [4, 4, 12, 12],
      [20, 4, 28, 12],
      [4, 20, 12, 28],
      [20, 20, 28, 28],
      [8, 8, 24, 24],
    ],
  );
});

test("the sizes are divided evenly, the first ones for the finest level", () => {
  const given = { ...config, sizes: [10, 14, 20, 28, 40, 56], ratios: [0.5, 2] };
  assert.deepEqual(
    anchorsByLevel(given, 3).map(({ sizes, ratios }) => [sizes, ratios]),
    [
      [
        [10, 14],
        [0.5, 2],
      ],
      [
        [20, 28],
        [0.5, 2],
      ],
      [
        [40, 56],
        [0.5, 2],
      ],
    ],
  );
  assert.throws(() => anchorsByLevel(given, 4), /6 sizes cannot be divided evenly among 4 levels/);
});

test("a level has as many cells as its stride fits into the input, rounded up", () => {
  assert.deepEqual(anchorGrids([8, 64], 96), [
    { stride: 8, rows: 12, columns: 12 },
    { stride: 64, rows: 2, columns: 2 },
  ]);
});

test("anchorLevels finds the anchors of each level in the list of all anchors", () => {
  const given = { ...config, sizes: [8, 12, 16, 24], ratios: [0.5, 1, 2] };
  const grids = anchorGrids([8, 16], 64);
  const anchors = generateLevelAnchors(given, grids);
  const levels = anchorLevels(grids, boxCount(anchors));
  assert.deepEqual(levels, [
    { stride: 8, rows: 8, columns: 8, start: 0, count: 384, perCell: 6 },
    { stride: 16, rows: 4, columns: 4, start: 384, count: 96, perCell: 6 },
  ]);
  for (const { start, stride } of levels) {
    // The first anchor of a level is centered in its first cell.
    const [x1, y1, x2, y2] = boxAt(anchors, start);
    assert.ok(Math.abs((x1 + x2) / 2 - stride / 2) < 1e-5);
    assert.ok(Math.abs((y1 + y2) / 2 - stride / 2) < 1e-5);
  }
});
