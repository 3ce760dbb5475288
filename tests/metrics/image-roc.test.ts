import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { imageRoc, rocOf, scoreImages } from "../../src/metrics/image-roc";
import { joinImages } from "../../src/metrics/matching";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { assertClose, statistics } from "./statistics";

const BOX: Box = [0, 0, 10, 10];

function images(scores: readonly number[], positive: readonly number[]) {
  return {
    groundTruths: scores.map((_, i) => groundTruth(`p${i}_0`, positive[i] ? [BOX] : [])),
    // The best detection counts, wherever it lies.
    detections: scores.map((score, i) => ({
      imageId: `p${i}_0`,
      detections: [detection([50, 50, 60, 60], score / 2), detection([50, 50, 60, 60], score)],
    })),
  };
}

describe("image-level ROC against scikit-learn", () => {
  for (const example of statistics.roc) {
    test(example.name, () => {
      const { groundTruths, detections } = images(example.scores, example.positive);
      const roc = imageRoc(groundTruths, detections)!;
      assertClose(roc.auc, example.auc, 1e-12, "AUC");
      assert.deepEqual(
        roc.points.slice(1).map(({ scoreThreshold }) => scoreThreshold),
        example.thresholds,
      );
      roc.points.forEach(({ falsePositiveRate, sensitivity }, i) => {
        assertClose(falsePositiveRate, example.falsePositiveRate[i], 1e-12, "false positive rate");
        assertClose(sensitivity, example.sensitivity[i], 1e-12, "sensitivity");
      });
      assert.equal(roc.points.length, example.sensitivity.length);
      assert.equal(roc.imagesWithTumor, example.positive.filter(Boolean).length);
    });
  }
});

test("an image without detections scores 0", () => {
  const { groundTruths, detections } = images([0.9, 0.3, 0.5], [1, 1, 0]);
  // Both slices with a tumor score higher than the slice without detections.
  assert.equal(imageRoc(groundTruths, detections.slice(0, 2))!.auc, 1);
  assert.equal(imageRoc(groundTruths, detections)!.auc, 0.5);
  assert.equal(imageRoc(groundTruths, [])!.auc, 0.5);
});

test("there is no curve without both kinds of images", () => {
  const { groundTruths, detections } = images([0.9, 0.3], [1, 1]);
  assert.equal(imageRoc(groundTruths, detections), null);
  assert.equal(imageRoc([groundTruth("a", [])], []), null);
  assert.equal(imageRoc([], []), null);
});

test("an image of weight 2 counts as two, one of weight 0 not at all", () => {
  const { groundTruths, detections } = images([0.9, 0.3, 0.5, 0.2, 0.3], [1, 1, 0, 0, 0]);
  const scored = scoreImages(joinImages(groundTruths, detections));
  const copy = images([0.9, 0.9, 0.3, 0.5, 0.3, 0.3], [1, 1, 1, 0, 0, 0]);
  assert.deepEqual(
    rocOf(scored, [2, 1, 1, 0, 2])!.auc,
    imageRoc(copy.groundTruths, copy.detections)!.auc,
  );
  assert.equal(rocOf(scored, [1, 1, 0, 0, 0]), null);
});
