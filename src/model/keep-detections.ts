/** From the refined boxes of an image to its detections: low scores go, and of boxes that overlap one stays. */
import { boxAt, gatherBoxes, iou } from "../boxes/box";
import { nms } from "../boxes/nms";
import { softNms } from "../boxes/soft-nms";
import type { InferenceConfig } from "../config";
import type { Box, Detection } from "../types";
import type { CascadeResult } from "./cascade";

/**
 * Thins out boxes over all classes at once: one place of a scan holds one tumor, whatever its class.
 * @param rows which of the result's boxes are the image's
 * @returns by falling score; `mean-box` does as `nms` here, since the mean is taken of what is shown
 */
export function keepDetections(
  result: CascadeResult,
  rows: readonly number[],
  { minScore, nmsIou, softSigma, classVoteIou, maxDetections, fusion }: InferenceConfig,
  classes: number,
): Detection[] {
  const scored = rows.filter((row) => result.foreground[row] >= minScore);
  const boxes = gatherBoxes(result.boxes, scored);
  const scores = scored.map((row) => result.foreground[row]);
  const own = (i: number) =>
    Array.from(result.classProbabilities.subarray(scored[i] * classes, (scored[i] + 1) * classes));
  // Each of a dozen boxes on a tumor sees it a little differently; together they tell its class better than the best of them alone.
  const probabilities = (i: number): number[] => {
    if (classVoteIou === null) return own(i);
    const box = boxAt(boxes, i);
    const voters = scored.map((_, j) => j).filter((j) => j === i || iou(box, boxAt(boxes, j)) >= classVoteIou);
    const total = voters.reduce((sum, j) => sum + scores[j], 0);
    const votes = voters.map((j) => own(j).map((probability) => (probability * scores[j]) / total));
    return Array.from({ length: classes }, (_, c) => votes.reduce((sum, vote) => sum + vote[c], 0));
  };

  if (fusion === "soft-nms") {
    const kept = softNms(boxes, scores, { sigma: softSigma, minScore, maxCount: maxDetections });
    return Array.from(kept.indices, (i, place) => detection(boxAt(boxes, i), kept.scores[place], probabilities(i)));
  }
  return Array.from(nms(boxes, scores, nmsIou, maxDetections), (i) =>
    detection(boxAt(boxes, i), scores[i], probabilities(i)),
  );
}

function detection(box: Box, score: number, classProbabilities: number[]): Detection {
  return { box, score, classProbabilities, classId: classProbabilities.indexOf(Math.max(...classProbabilities)) };
}
