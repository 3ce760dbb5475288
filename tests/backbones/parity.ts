/** Compares a backbone's features with PyTorch's, from tests/reference/backbones.json. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runBlocks, type Backbone } from "../../src/backbones/create-backbone";
import { tf } from "../../src/tensor/tensorflow";
import { testImage } from "../tensor/hashed";

interface Reference {
  /** Of the weights that were hashed. */
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly images: readonly {
    readonly size: number;
    readonly levels: readonly {
      shape: number[];
      range: number;
      indices: number[];
      values: number[];
    }[];
  }[];
}

export const references = JSON.parse(
  readFileSync(join(__dirname, "..", "reference", "backbones.json"), "utf8"),
) as Readonly<Record<string, Reference>>;

/**
 * Of the range of the reference's features; float32 in another order of summation gives about
 * 1e-6.
 */
const LARGEST_DIFFERENCE = 1e-4;

export function assertParity(backbone: Backbone, reference: Reference): void {
  for (const { size, levels } of reference.images) {
    tf.tidy(() => {
      const input = backbone.preprocess(testImage(size));
      const features = runBlocks(backbone, input, {
        from: 0,
        to: backbone.blocks.length,
        outputs: backbone.levels,
      });
      assert.equal(features.length, levels.length);
      levels.forEach(({ shape, range, indices, values }, level) => {
        assert.deepEqual(features[level].shape, shape);
        const found = features[level].dataSync();
        const worst = Math.max(...values.map((value, i) => Math.abs(value - found[indices[i]])));
        assert.ok(
          worst < LARGEST_DIFFERENCE * range,
          `level ${level} of the ${size}-pixel image differs by ${worst} in a range of ${range}`,
        );
      });
    });
  }
}
