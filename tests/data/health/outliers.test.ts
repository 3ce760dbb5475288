import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Dataset } from "../../../src/data/dataset";
import { boxOutliers, modifiedZ } from "../../../src/data/health/outliers";
import type { ImageBox, ImageRecord } from "../../../src/types";
import { sharpOf, temporaryFolder } from "../files";

const SIDE = 100;

test("the modified z-score is 0.6745 times the distance from the median, divided by the median absolute deviation", () => {
  // Median 3, absolute deviations 2 1 0 1 97: their median is 1.
  const z = modifiedZ([1, 2, 3, 4, 100]);
  [-1.349, -0.6745, 0, 0.6745, 65.4265].forEach((expected, i) =>
    assert.ok(Math.abs(z[i] - expected) < 1e-9),
  );
  assert.deepEqual(modifiedZ([5, 5, 5, 6]), [0, 0, 0, Infinity]);
  assert.deepEqual(modifiedZ([]), []);
});

test("a very large box, a box on the edge and a bright slice are reported, the others are not", async () => {
  const folder = temporaryFolder();
  const slices: [ImageBox, number][] = [
    [[20, 20, 40, 40], 90],
    [[20, 20, 41, 40], 92],
    [[20, 20, 42, 41], 94],
    [[20, 20, 43, 42], 96],
    [[5, 5, 95, 95], 93],
    [[79, 30, 100, 50], 95],
    [[20, 20, 40, 42], 240],
  ];
  const images = await Promise.all(
    slices.map(async ([box, grey], i): Promise<ImageRecord> => {
      const path = join(folder, `${i}.png`);
      await sharpOf(new Uint8Array(SIDE * SIDE).fill(grey), SIDE, SIDE)
        .toColourspace("b-w")
        .png()
        .toFile(path);
      return {
        id: `${i}.png`,
        path,
        labelPath: null,
        split: "train",
        patient: String(i),
        width: SIDE,
        height: SIDE,
        annotations: [{ classId: 0, box, line: 1 }],
      };
    }),
  );
  const { boxes, unusualImages, text } = await boxOutliers(
    new Dataset({ root: folder, classNames: ["tumor"], images }),
  );
  const named = (key: "isSizeOutlier" | "isOnBorder" | "isIntensityOutlier") =>
    boxes.filter((box) => box[key]).map(({ image }) => image.id);
  assert.deepEqual(named("isSizeOutlier"), ["4.png"]);
  assert.deepEqual(named("isOnBorder"), ["5.png"]);
  assert.deepEqual(named("isIntensityOutlier"), ["6.png"]);
  assert.deepEqual(unusualImages, [images[6]]);
  assert.ok(Math.abs(boxes[4].size - 0.9) < 1e-9);
  assert.equal(boxes[6].intensity, 240);
  assert.match(
    text,
    /Of 7 boxes 1 are unusually large or small and 1 touch the image's edge; of 7 slices 1 /,
  );
});
