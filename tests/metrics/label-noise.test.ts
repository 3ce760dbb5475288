import assert from "node:assert/strict";
import { test } from "node:test";
import { labelCandidates } from "../../src/metrics/label-noise";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";

const BOX: Box = [10, 10, 30, 30];
const ELSEWHERE: Box = [60, 60, 80, 80];
const HALF: Box = [10, 10, 30, 22]; // IoU 0.6 with BOX

test("each doubt has its suspicion, and the most suspicious candidates come first", () => {
  const groundTruths = [
    groundTruth("a_1", [BOX]),
    groundTruth("b_1", [BOX]),
    groundTruth("c_1", [BOX, ELSEWHERE]),
    groundTruth("d_1", [BOX]),
    groundTruth("e_1", [BOX]),
    groundTruth("f_1", [ELSEWHERE], [1]),
  ];
  const detections = [
    {
      imageId: "a_1",
      detections: [detection(BOX, 0.9, [0.8, 0.2]), detection(ELSEWHERE, 0.7, [0.8, 0.2])],
    },
    { imageId: "b_1", detections: [detection(HALF, 0.8, [0.8, 0.2])] },
    { imageId: "c_1", detections: [detection(ELSEWHERE, 0.9, [0.8, 0.2])] },
    { imageId: "d_1", detections: [detection(BOX, 0.2, [0.8, 0.2])] },
    { imageId: "e_1", detections: [detection(BOX, 0.9, [0.1, 0.9])] },
    { imageId: "f_1", detections: [detection(ELSEWHERE, 0.9, [0.3, 0.7])] },
  ];
  const { candidates, text } = labelCandidates(groundTruths, detections, { scoreThreshold: 0.5 });
  assert.deepEqual(
    candidates.map(({ doubt, imageId, groundTruthIndex, suspicion }) => [
      doubt,
      imageId,
      groundTruthIndex,
      Number(suspicion.toFixed(6)),
    ]),
    [
      ["unfound", "c_1", 0, 1],
      ["unfound", "d_1", 0, 0.8],
      // 0.9 * (0.9 - 0.1). Class 1 has a probability of 0.9 here, and 0.7 on the box labeled so.
      ["otherClass", "e_1", 0, 0.72],
      ["missing", "a_1", null, 0.7],
      ["loose", "b_1", 0, 0.32], // 0.8 * (1 - 0.6)
    ],
  );
  assert.match(text, /^5 candidates .* 6 images .*scores from 0\.50.*Candidates only/);
});

test("a class that is less probable than on its own boxes raises no doubt", () => {
  const groundTruths = [groundTruth("a_1", [BOX]), groundTruth("b_1", [BOX], [1])];
  const detections = [
    { imageId: "a_1", detections: [detection(BOX, 0.9, [0.4, 0.6])] },
    { imageId: "b_1", detections: [detection(BOX, 0.9, [0.1, 0.9])] },
  ];
  assert.deepEqual(
    labelCandidates(groundTruths, detections, { scoreThreshold: 0.5 }).candidates,
    [],
  );
});

test("duplicates and weak detections are not missing labels; images may be empty", () => {
  const groundTruths = [groundTruth("a_1", [BOX]), groundTruth("b_1", [])];
  const detections = [
    {
      imageId: "a_1",
      detections: [detection(BOX, 0.9), detection(HALF, 0.8), detection(ELSEWHERE, 0.4)],
    },
    { imageId: "b_1", detections: [detection(BOX, 0.6)] },
  ];
  const { candidates } = labelCandidates(groundTruths, detections, { scoreThreshold: 0.5 });
  assert.deepEqual(
    candidates.map(({ doubt, imageId }) => [doubt, imageId]),
    [["missing", "b_1"]],
  );
});
