/** Follows the ground-truth boxes of a data set through the stages of a detector. */
import type { Dataset } from "../data/dataset";
import { type Detector, requireTwoStages } from "../detectors/detector";
import { boxPath, type PathRule } from "../metrics/box-path";
import type { TracedBox, TracedBoxes } from "../metrics/missed-boxes";
import { HIT_IOU } from "../metrics/outcomes";
import type { ImageDetections } from "../types";
import { toOriginalDetections } from "./detect-dataset";
import type { ProgressOptions } from "./progress-options";
import { traceDataset } from "./trace-dataset";

export interface TraceBoxesOptions extends ProgressOptions {
  /**
   * A box is covered, and found, at this IoU or more; 0.5 by default. A higher value requires more
   * accurate edges.
   */
  readonly iou?: number;
}

/**
 * Runs a detector over a data set and follows every ground-truth box through its stages.
 * `missCauses` then says why boxes are missed.
 * @param options progress counts images
 * @throws when the detector has no stages to follow, when an image cannot be decoded, and the
 * signal's reason when the signal is aborted
 * @example
 * const result = missCauses(await traceBoxes(detector, test), { scoreThreshold: 0.5 });
 */
export async function traceBoxes(
  detector: Detector,
  dataset: Dataset,
  { iou = HIT_IOU, ...progress }: TraceBoxesOptions = {},
): Promise<TracedBoxes> {
  const staged = requireTwoStages(detector);
  const detections: ImageDetections[] = [];
  const boxes: TracedBox[] = [];
  const rule: PathRule = { iou, nearIou: staged.config.rpn.negativeIou };
  for await (const { sample, trace } of traceDataset(staged, dataset, progress)) {
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
