import assert from "node:assert/strict";
import { test } from "node:test";
import { labelCandidates } from "../../src/metrics/label-noise";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";

const BOX: Box = [10, 10, 30, 30];
const ELSEWHERE: Box = [60, 60, 80, 80];
const HALF: Box = [10, 10, 30, 22]; // IoU 0.6 with BOX

test("each doubt has its score, the most suspicious first", () => {
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
      ["otherClass", "e_1", 0, 0.72], // 0.9 * (0.9 - 0.1); 0.9 is above 0.7, what class 1 has on its own box
      ["missing", "a_1", null, 0.7],
      ["loose", "b_1", 0, 0.32], // 0.8 * (1 - 0.6)
    ],
  );
  assert.match(text, /^5 candidates .* 6 images .*scores from 0\.50.*Candidates only/);
});

test("a class less probable than it is on its own boxes is no doubt", () => {
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

test("duplicates of a found box and weak detections elsewhere are no missing labels; empty images are legal", () => {
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
