/** From the refined boxes of an image to its detections: low scores go, and of boxes that overlap one stays. */
import { boxAt, gatherBoxes } from "../../boxes/box";
import { nms } from "../../boxes/nms";
import { softNms } from "../../boxes/soft-nms";
import type { InferenceConfig } from "../../config/index";
import type { Detection } from "../../types";
import type { CascadeResult } from "./roi-heads/cascade";

/**
 * Thins out boxes over all classes at once: one place of a scan holds one tumor, whatever its class.
 * @param rows which of the result's boxes are the image's
 * @returns by falling score; `mean-box` does as `nms` here, since the mean is taken of what is shown
 */
export function keepDetections(
  result: Pick<CascadeResult, "boxes" | "foreground" | "classProbabilities">,
  rows: readonly number[],
  { minScore, nmsIou, softSigma, maxDetections, fusion }: InferenceConfig,
  classes: number,
): Detection[] {
  const scored = rows.filter((row) => result.foreground[row] >= minScore);
  const boxes = gatherBoxes(result.boxes, scored);
  const scores = scored.map((row) => result.foreground[row]);
  const detection = (i: number, score: number): Detection => {
    const from = scored[i] * classes;
    const classProbabilities = Array.from(result.classProbabilities.subarray(from, from + classes));
    const classId = classProbabilities.indexOf(Math.max(...classProbabilities));
    return { box: boxAt(boxes, i), score, classProbabilities, classId };
  };

  if (fusion === "soft-nms") {
    const kept = softNms(boxes, scores, { sigma: softSigma, minScore, maxCount: maxDetections });
    return Array.from(kept.indices, (i, place) => detection(i, kept.scores[place]));
  }
  return Array.from(nms(boxes, scores, nmsIou, maxDetections), (i) => detection(i, scores[i]));
}
