/**
 * The figures the original experiment reported, of any two-stage detector, beside what a detector
 * that finds nothing would be given by them.
 */
import { assignAnchors } from "../detectors/faster-rcnn/rpn/assign-anchors";
import { type Detector, requireTwoStages } from "../detectors/detector";
import { averagePrecision } from "../metrics/average-precision";
import { toOriginalDetections } from "./detect-dataset";
import { meanBoxDetections } from "../metrics/mean-box-detections";
import { traceDataset } from "./trace-dataset";
import { flattenBoxes } from "../boxes/box";
import type { Dataset } from "../data/dataset";
import { Random } from "../util/random";
import type { ImageDetections } from "../types";
import { classAccuracy, rpnAccuracy, type SampledAnchors } from "../detectors/original/accuracy";

export interface OriginalMetrics {
  /** Part of the sampled anchors that objectness puts on the right side of one half. */
  readonly rpnAccuracy: number;
  /** What a network gets that calls every anchor background. */
  readonly silentRpnAccuracy: number;
  /** Part of the images with boxes whose first detection has the class of one of them. */
  readonly classAccuracy: number;
  /** Class-agnostic AP50 of the mean of an image's detections, which was the original's answer. */
  readonly meanBoxAp50: number;
  /** The same of all detections. */
  readonly ap50: number;
}

/**
 * @param options.scoreThreshold of the detections that the mean is taken of
 * @param options.seed of the sample of anchors
 * @throws for a detector without two stages
 */
export async function originalMetrics(
  detector: Detector,
  dataset: Dataset,
  { scoreThreshold, seed }: { readonly scoreThreshold: number; readonly seed: number },
): Promise<OriginalMetrics> {
  const whole = requireTwoStages(detector);
  const random = new Random(`${seed}/original-figures`);
  const detections: ImageDetections[] = [];
  const sampled: SampledAnchors[] = [];
  for await (const { sample, trace } of traceDataset(whole, dataset)) {
    const { record, letterbox } = sample;
    detections.push({
      imageId: record.id,
      detections: toOriginalDetections(trace.detections, letterbox, record),
    });
    const target = {
      boxes: flattenBoxes(sample.boxes),
      classIds: Int32Array.from(sample.classIds),
    };
    const { positives, negatives } = assignAnchors(whole.anchors, target, {
      config: whole.config.rpn,
      random,
    });
    sampled.push({ positives, negatives, objectness: trace.objectness });
  }
  const targets = dataset.groundTruths();
  const ap50 = (found: readonly ImageDetections[]) =>
    averagePrecision(targets, found, { classAware: false }).AP50;
  const silent = sampled.map((image) => ({
    ...image,
    objectness: image.objectness.map(() => -Infinity),
  }));
  return {
    rpnAccuracy: rpnAccuracy(sampled),
    silentRpnAccuracy: rpnAccuracy(silent),
    classAccuracy: classAccuracy(targets, detections),
    meanBoxAp50: ap50(meanBoxDetections(detections, { scoreThreshold })),
    ap50: ap50(detections),
  };
}
