/** Compares the features of a backbone with those of PyTorch in tests/reference/backbones.json. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runBlocks, type Backbone } from "../../src/backbones/create-backbone";
import { tf } from "../../src/tensor/tensorflow";
import { testImage } from "../tensor/hashed";

interface Reference {
  /** Shapes of the hashed weights. */
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

/** The reference of each backbone, by name. */
export const references = JSON.parse(
  readFileSync(join(__dirname, "..", "reference", "backbones.json"), "utf8"),
) as Readonly<Record<string, Reference>>;

/**
 * Largest difference, as a fraction of the range of the reference's features. Another order of
 * summation in 32-bit numbers gives about 1e-6.
 */
const LARGEST_DIFFERENCE = 1e-4;

/** Checks all levels of the backbone for all images of the reference. */
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
        const actual = features[level].dataSync();
        const worst = Math.max(...values.map((value, i) => Math.abs(value - actual[indices[i]])));
        assert.ok(
          worst < LARGEST_DIFFERENCE * range,
          `level ${level} of the ${size}-pixel image differs by ${worst} in a range of ${range}`,
        );
      });
    });
  }
}
