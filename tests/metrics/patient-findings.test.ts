import assert from "node:assert/strict";
import { test } from "node:test";
import { patientFindings } from "../../src/metrics/patient-findings";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";

const A: Box = [0, 0, 10, 10];
const B: Box = [30, 0, 40, 10];
const groundTruths = [
  groundTruth("p2_1", [A]),
  groundTruth("p1_1", [A]),
  groundTruth("p1_2", [A, B]),
  groundTruth("p2_2", [B]),
  groundTruth("p3_1", [A]),
  groundTruth("p4_1", []),
];
const detections = [
  { imageId: "p1_1", detections: [detection(A, 0.9)] },
  { imageId: "p1_2", detections: [detection(A, 0.9), detection(B, 0.8), detection(B, 0.7)] },
  { imageId: "p2_2", detections: [detection(B, 0.6)] },
  { imageId: "p3_1", detections: [detection(B, 0.9), detection(A, 0.2)] },
  { imageId: "p4_1", detections: [detection(B, 0.9)] },
];

test("a patient is found when one box is found", () => {
  const findings = patientFindings(groundTruths, detections, { scoreThreshold: 0.5 });
  assert.deepEqual(findings, {
    scoreThreshold: 0.5,
    iou: 0.5,
    patients: [
      { patient: "p1", images: 2, boxes: 3, found: 3, falsePositives: 1 },
      { patient: "p2", images: 2, boxes: 2, found: 1, falsePositives: 0 },
      { patient: "p3", images: 1, boxes: 1, found: 0, falsePositives: 1 },
      { patient: "p4", images: 1, boxes: 0, found: 0, falsePositives: 1 },
    ],
    sensitivity: 2 / 3,
    wholeSensitivity: 1 / 3,
  });
  assert.equal(patientFindings(groundTruths, detections, { scoreThreshold: 0.1 }).sensitivity, 1);
  assert.equal(
    patientFindings(groundTruths, detections, { scoreThreshold: 0.7 }).sensitivity,
    1 / 3,
  );
});

test("without boxes there is no sensitivity", () => {
  const { sensitivity, wholeSensitivity } = patientFindings([groundTruth("p4_1", [])], [], {
    scoreThreshold: 0.5,
  });
  assert.deepEqual([sensitivity, wholeSensitivity], [null, null]);
});
