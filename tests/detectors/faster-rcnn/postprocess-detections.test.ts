import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceConfig, presets } from "../../../src/config/index";
import { keepDetections } from "../../../src/detectors/faster-rcnn/postprocess-detections";

/** Three boxes on one tumor, one on another, and one of no score; the fourth belongs to another image. */
const RESULT = {
  boxes: Float32Array.from([0, 0, 10, 10, 0, 0, 10, 9, 5, 0, 15, 10, 90, 90, 99, 99, 40, 40, 60, 60, 0, 0, 5, 5]),
  foreground: Float32Array.from([0.8, 0.4, 0.2, 0.9, 0.6, 0.001]),
  classProbabilities: Float32Array.from([0.6, 0.4, 0.9, 0.1, 0, 1, 1, 0, 0.3, 0.7, 0.5, 0.5]),
};
const ROWS = [0, 1, 2, 4, 5];

function keep(changes: Partial<InferenceConfig>) {
  const rule: InferenceConfig = { ...presets.default.inference, minScore: 0.01, ...changes };
  return keepDetections(RESULT, ROWS, rule, 2);
}
const rounded = (values: readonly number[]) => values.map((value) => Math.round(1e4 * value) / 1e4);

test("NMS keeps the best of what overlaps; other images' boxes and low scores are left out", () => {
  const kept = keep({ fusion: "nms", nmsIou: 0.5 });
  assert.deepEqual(kept.map(({ box }) => box), [[0, 0, 10, 10], [40, 40, 60, 60], [5, 0, 15, 10]]); // prettier-ignore
  assert.deepEqual(rounded(kept.map(({ score }) => score)), [0.8, 0.6, 0.2]);
  assert.deepEqual(kept.map(({ classId }) => classId), [0, 1, 1]); // prettier-ignore
  assert.equal(keep({ fusion: "nms", maxDetections: 1 }).length, 1);
});

test("soft-NMS lowers the score of what overlaps", () => {
  const kept = keep({ fusion: "soft-nms", softSigma: 0.2 });
  const third = 0.2 * Math.exp(-((1 / 3) ** 2) / 0.2);
  // 0.4 exp(-0.9² / 0.2) is 0.007, below the least score.
  assert.deepEqual(rounded(kept.map(({ score }) => score)), rounded([0.8, 0.6, third])); // prettier-ignore
});

test("an image without boxes has no detections", () => {
  assert.deepEqual(keepDetections(RESULT, [], presets.default.inference, 2), []);
  assert.deepEqual(keepDetections(RESULT, [5], presets.default.inference, 2), []);
});
