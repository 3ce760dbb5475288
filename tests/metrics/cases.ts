/** Makes ground truth and detections with few words. */
import type { Box, Detection, ImageGroundTruth } from "../../src/types";

export const SIZE = 100;

export function groundTruth(
  imageId: string,
  boxes: readonly Box[],
  classIds: readonly number[] = boxes.map(() => 0),
): ImageGroundTruth {
  return {
    imageId,
    patient: imageId.split("_")[0],
    width: SIZE,
    height: SIZE,
    boxes,
    classIds,
  };
}

export function detection(
  box: Box,
  score: number,
  classProbabilities: readonly number[] = [1],
): Detection {
  return {
    box,
    score,
    classProbabilities,
    classId: classProbabilities.indexOf(Math.max(...classProbabilities)),
  };
}
