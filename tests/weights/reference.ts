/**
 * The weight files of tests/reference/weights, made by make_weight_files.py, and the numbers that
 * PyTorch reads from them.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WeightMap } from "../../src/weights/weight-map";

/** Path of a file. */
export const reference = (name: string) => join(__dirname, "..", "reference", "weights", name);

/** Checks that weights are those that PyTorch reads. */
export function assertExpectedWeights(weights: WeightMap): void {
  const expected = JSON.parse(readFileSync(reference("expected.json"), "utf8")) as Record<
    string,
    { shape: number[]; values: string[] }
  >;
  assert.deepEqual([...weights.keys()].sort(), Object.keys(expected).sort());
  for (const [name, { shape, values }] of Object.entries(expected)) {
    const found = weights.get(name)!;
    assert.deepEqual(found.shape, shape, name);
    // Python writes float32 values with all their digits, and infinities as `inf`.
    const numbers = values.map((text) => Math.fround(Number(text.replace("inf", "Infinity"))));
    assert.deepEqual([...found.data], numbers, name);
  }
}
