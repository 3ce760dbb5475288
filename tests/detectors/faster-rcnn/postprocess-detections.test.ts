import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceConfig, presets } from "../../../src/config/index";
import { postprocessDetections } from "../../../src/detectors/faster-rcnn/postprocess-detections";

/** Three boxes on one tumor, one box on another tumor, and one box with a very low score. */
const RESULT = {
  boxes: Float32Array.from([0, 0, 10, 10, 0, 0, 10, 9, 5, 0, 15, 10, 40, 40, 60, 60, 0, 0, 5, 5]),
  foreground: Float32Array.from([0.8, 0.4, 0.2, 0.6, 0.001]),
  classProbabilities: Float32Array.from([0.6, 0.4, 0.9, 0.1, 0, 1, 0.3, 0.7, 0.5, 0.5]),
};

function postprocess(changes: Partial<InferenceConfig>) {
  const rule: InferenceConfig = { ...presets.default.inference, minScore: 0.01, ...changes };
  return postprocessDetections(RESULT, rule);
}
const rounded = (values: readonly number[]) => values.map((value) => Math.round(1e4 * value) / 1e4);

test("NMS keeps the best of overlapping boxes, and low scores are dropped", () => {
  const kept = postprocess({ fusion: "nms", nmsIou: 0.5 });
  assert.deepEqual(
    kept.map(({ box }) => box),
    [
      [0, 0, 10, 10],
      [40, 40, 60, 60],
      [5, 0, 15, 10],
    ],
  );
  assert.deepEqual(rounded(kept.map(({ score }) => score)), [0.8, 0.6, 0.2]);
  assert.deepEqual(
    kept.map(({ classId }) => classId),
    [0, 1, 1],
  );
  assert.equal(postprocess({ fusion: "nms", maxDetections: 1 }).length, 1);
});

test("soft-NMS lowers the scores of overlapping boxes", () => {
  const kept = postprocess({ fusion: "soft-nms", softSigma: 0.2 });
  const third = 0.2 * Math.exp(-((1 / 3) ** 2) / 0.2);
  // 0.4 exp(-0.9² / 0.2) is 0.007, below the lowest score.
  assert.deepEqual(rounded(kept.map(({ score }) => score)), rounded([0.8, 0.6, third]));
});

test("an image without boxes, or only with low scores, has no detections", () => {
  const none = {
    boxes: new Float32Array(),
    foreground: new Float32Array(),
    classProbabilities: new Float32Array(),
  };
  assert.deepEqual(postprocessDetections(none, presets.default.inference), []);
  const low = { ...RESULT, foreground: RESULT.foreground.map(() => 0.001) };
  assert.deepEqual(postprocessDetections(low, presets.default.inference), []);
});
