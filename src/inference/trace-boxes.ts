/** Follows the ground-truth boxes of a data set through the stages of a detector. */
import type { Dataset } from "../data/dataset";
import { type Detector, requireTwoStages } from "../detectors/detector";
import { boxPath, type PathRule } from "../metrics/box-path";
import type { TracedBox, TracedBoxes } from "../metrics/missed-boxes";
import { HIT_IOU } from "../metrics/outcomes";
import type { ImageDetections } from "../types";
import { toOriginalDetections } from "./detect-dataset";
import { traceDataset } from "./trace-dataset";

/**
 * Runs a detector over a data set and follows every ground-truth box through its stages;
 * `missCauses` then says where boxes were missed.
 * @param options.iou from this IoU on a box is covered, and found; a higher value asks more of the
 * edges of boxes
 * @throws when the detector has no stages to follow
 * @example
 * const result = missCauses(await traceBoxes(detector, test), { scoreThreshold: 0.5 });
 */
export async function traceBoxes(
  detector: Detector,
  dataset: Dataset,
  { iou = HIT_IOU } = {},
): Promise<TracedBoxes> {
  const staged = requireTwoStages(detector);
  const detections: ImageDetections[] = [];
  const boxes: TracedBox[] = [];
  const rule: PathRule = { iou, nearIou: staged.config.rpn.negativeIou };
  for await (const { sample, trace } of traceDataset(staged, dataset)) {
    const { record, letterbox } = sample;
    const { id: imageId, patient } = record;
    detections.push({
      imageId,
      detections: toOriginalDetections(trace.detections, letterbox, record),
    });
    sample.boxes.forEach((groundTruth, groundTruthIndex) => {
      const path = boxPath({ trace, anchors: staged.anchors, groundTruth, rule });
      boxes.push({ imageId, patient, groundTruthIndex, letterbox, ...path });
    });
  }
  return { groundTruths: dataset.groundTruths(), detections, boxes, rule };
}
