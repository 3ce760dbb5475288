/**
 * The last stage of inference: from the refined boxes of an image to its detections (Fast R-CNN,
 * section 3). Boxes with a low score are dropped, and so are boxes that overlap a better one.
 */
import { boxAt, gatherBoxes } from "../../boxes/box";
import { nms } from "../../boxes/nms";
import { softNms } from "../../boxes/soft-nms";
import type { InferenceConfig } from "../../config/index";
import type { NetworkDetection } from "../../types";
import type { CascadeResult } from "./roi-heads/cascade";

/**
 * Selects the detections of one image. The paper runs non-maximum suppression for each class; here
 * it runs over all classes at once, because two tumors of different classes are not in one place.
 * `mean-box` is treated as `nms`: only the detector `original` computes a mean box, and the rules
 * of `cascade-rcnn` refuse this setting.
 * @param result the refined boxes of one image, in pixels of the network's input
 * @returns the detections, by falling score
 */
export function postprocessDetections(
  result: Pick<CascadeResult, "boxes" | "foreground" | "classProbabilities">,
  { minScore, nmsIou, softSigma, maxDetections, fusion }: InferenceConfig,
): NetworkDetection[] {
  const { foreground } = result;
  const classes = foreground.length ? result.classProbabilities.length / foreground.length : 0;
  const rows = Array.from(foreground.keys()).filter((row) => foreground[row] >= minScore);
  const boxes = gatherBoxes(result.boxes, rows);
  const scores = rows.map((row) => foreground[row]);
  const detection = (i: number, score: number): NetworkDetection => {
    const start = rows[i] * classes;
    const classProbabilities = Array.from(
      result.classProbabilities.subarray(start, start + classes),
    );
    const classId = classProbabilities.indexOf(Math.max(...classProbabilities));
    return { box: boxAt(boxes, i), score, classProbabilities, classId };
  };

  if (fusion === "soft-nms") {
    const options = { sigma: softSigma, minScore, maxCount: maxDetections };
    const remaining = softNms(boxes, scores, options);
    return Array.from(remaining.indices, (i, rank) => detection(i, remaining.scores[rank]));
  }
  return Array.from(nms(boxes, scores, nmsIou, { maxCount: maxDetections }), (i) =>
    detection(i, scores[i]),
  );
}
