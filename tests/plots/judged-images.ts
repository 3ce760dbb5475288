/** Four images of three patients with detections, two of them without tumors. */
import type { Box } from "../../src/types";
import { detection, groundTruth } from "../metrics/cases";

const BOX: Box = [0, 0, 10, 10];
const STRAY: Box = [50, 50, 60, 60];
export const groundTruths = [
  groundTruth("a_1", [BOX]),
  groundTruth("b_1", [BOX], [1]),
  groundTruth("c_1", []),
  groundTruth("c_2", []),
];
export const detections = [
  {
    imageId: "a_1",
    detections: [detection(BOX, 0.9, [0.8, 0.2]), detection(STRAY, 0.3, [0.5, 0.5])],
  },
  { imageId: "b_1", detections: [detection(BOX, 0.6, [0.4, 0.6])] },
  { imageId: "c_1", detections: [detection(STRAY, 0.7, [0.5, 0.5])] },
];
