import assert from "node:assert/strict";
import { test } from "node:test";
import { recallByFactor, wilson } from "../../src/metrics/recall-by-factor";
import type { Box } from "../../src/types";
import { assertClose } from "../assertions";
import { detection, groundTruth } from "./cases";

test("the interval of Wilson equals that of SciPy", () => {
  // scipy.stats.binomtest(9, 10).proportion_ci(method="wilson"), and (0, 12).
  assertClose([...wilson(9, 10)], [0.5958499732047615, 0.9821237869049271], 1e-9);
  assertClose([...wilson(0, 12)], [0, 0.24249400665524085], 1e-9);
  assert.throws(() => wilson(0, 0), /nothing/);
});

test("boxes are grouped by size, position and contrast, with equal numbers in each group", () => {
  // One square in each image, with sides from 4 to 15 pixels, from left to right. The smaller half
  // is missed.
  const sides = Array.from({ length: 12 }, (_, i) => 4 + i);
  const boxOf = (side: number, i: number): Box => [
    40 + 4 * i - side / 2,
    50 - side / 2,
    40 + 4 * i + side / 2,
    50 + side / 2,
  ];
  const groundTruths = sides.map((side, i) => groundTruth(`${i}`, [boxOf(side, i)]));
  const found = sides.map((side, i) => ({
    imageId: `${i}`,
    detections: i < 6 ? [detection(boxOf(side, i), 0.4)] : [detection(boxOf(side, i), 0.9)],
  }));
  const contrasts = new Map(sides.map((_, i) => [`${i}`, [i < 11 ? -i : NaN]]));
  const { factors } = recallByFactor(groundTruths, found, { scoreThreshold: 0.5, contrasts });
  assert.deepEqual(
    factors.map(({ factor }) => factor),
    ["size", "position", "contrast"],
  );
  const [size, position, contrast] = factors.map(({ groups }) => groups);
  assert.deepEqual(
    size.map(({ boxes, found: hits }) => [boxes, hits]),
    [
      [3, 0],
      [3, 0],
      [3, 3],
      [3, 3],
    ],
  );
  assertClose([size[0].low, size[0].high, size[3].high], [4, 6, 15]);
  assert.deepEqual(
    size.map(({ meanIou }) => meanIou),
    [null, null, 1, 1],
  );
  assertClose(position[0].low, Math.hypot(2, 0) / Math.hypot(50, 50));
  assert.equal(
    contrast.reduce((sum, { boxes }) => sum + boxes, 0),
    11,
    "a contrast that cannot be measured is left out",
  );
  assert.equal(recallByFactor(groundTruths, found, { scoreThreshold: 0.5 }).factors.length, 2);
  assert.throws(
    () => recallByFactor(groundTruths, found, { scoreThreshold: 0.5, contrasts: new Map() }),
    /image '0' has no contrasts/,
  );
});

test("equal values are in one group, and without boxes there are no groups", () => {
  const same = Array.from({ length: 8 }, (_, i) => groundTruth(`${i}`, [[0, 0, 10, 10]]));
  const { factors } = recallByFactor(same, [], { scoreThreshold: 0.5 });
  assert.deepEqual(
    factors.map(({ groups }) => groups.map(({ boxes }) => boxes)),
    [[8], [8]],
  );
  assert.deepEqual(
    recallByFactor([groundTruth("a", [])], [], { scoreThreshold: 0.5 }).factors[0].groups,
    [],
  );
});
