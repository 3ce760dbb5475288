/**
 * From the refined boxes of an image to its detections: low scores are dropped, and of boxes that
 * overlap one remains.
 */
import { boxAt, gatherBoxes } from "../../boxes/box";
import { nms } from "../../boxes/nms";
import { softNms } from "../../boxes/soft-nms";
import type { InferenceConfig } from "../../config/index";
import type { NetworkDetection } from "../../types";
import type { CascadeResult } from "./roi-heads/cascade";

/**
 * Thins out the boxes of one image over all classes at once: one place of a scan holds one tumor,
 * whatever its class.
 * @returns by falling score; `mean-box` does the same as `nms` here, because the mean is taken of
 * the detections
 */
export function postprocessDetections(
  result: Pick<CascadeResult, "boxes" | "foreground" | "classProbabilities">,
  { minScore, nmsIou, softSigma, maxDetections, fusion }: InferenceConfig,
): NetworkDetection[] {
  const { foreground } = result;
  const classes = foreground.length ? result.classProbabilities.length / foreground.length : 0;
  const scored = Array.from(foreground.keys()).filter((row) => foreground[row] >= minScore);
  const boxes = gatherBoxes(result.boxes, scored);
  const scores = scored.map((row) => foreground[row]);
  const detection = (i: number, score: number): NetworkDetection => {
    const from = scored[i] * classes;
    const classProbabilities = Array.from(result.classProbabilities.subarray(from, from + classes));
    const classId = classProbabilities.indexOf(Math.max(...classProbabilities));
    return { box: boxAt(boxes, i), score, classProbabilities, classId };
  };

  if (fusion === "soft-nms") {
    const left = softNms(boxes, scores, { sigma: softSigma, minScore, maxCount: maxDetections });
    return Array.from(left.indices, (i, place) => detection(i, left.scores[place]));
  }
  return Array.from(nms(boxes, scores, nmsIou, { maxCount: maxDetections }), (i) =>
    detection(i, scores[i]),
  );
}
