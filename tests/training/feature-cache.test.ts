/** What the feature cache reports while it computes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import type { PreparingEvent } from "../../src/runs/events";
import { FeatureCache } from "../../src/training/feature-cache";
import { Random } from "../../src/util/random";
import { sharpOf, temporaryFolder, writeFiles } from "../data/files";
import { SIZE, smallDetector } from "../detectors/small-detector";
import { squaresConfig } from "./squares";

test("the last event says that all images are done, for any number of images and copies", async () => {
  const folder = temporaryFolder();
  const random = new Random("different images");
  for (let i = 0; i < 21; i++) {
    const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => random.integer(256));
    const png = await sharpOf(pixels, SIZE, SIZE).png().toBuffer();
    writeFiles(folder, { [join("images", `${i}_1.png`)]: png });
  }
  const dataset = await openDataset(folder, { classNames: ["a", "b"] });
  assert.equal(dataset.images.length, 21);
  const detector = smallDetector(squaresConfig);
  for (const count of [1, 7, 8, 9, 16, 21])
    for (const copies of [0, 1, 2]) {
      const ids = new Set(dataset.images.slice(0, count).map(({ id }) => id));
      const cache = FeatureCache.open(
        detector,
        dataset.subset(({ id }) => ids.has(id)),
      );
      const total = count * (1 + copies);
      // It is stopped after the first batch, and goes on.
      for await (const _ of cache.fill(copies, "features")) break;
      const events: PreparingEvent[] = [];
      for await (const event of cache.fill(copies, "features")) events.push(event);
      const last = events.at(-1);
      if (total > 8) assert.deepEqual([last?.done, last?.total], [total, total]);
      else assert.equal(last, undefined, "the first batch was all");
      cache.dispose();
    }
  detector.dispose();
});
