/**
 * The metrics that the original experiment reported, for any two-stage detector. The metrics of a
 * detector that finds nothing are given beside them, because they are surprisingly high.
 */
import { flattenBoxes } from "../boxes/box";
import type { Dataset } from "../data/dataset";
import { type Detector, requireTwoStages } from "../detectors/detector";
import { assignAnchors } from "../detectors/faster-rcnn/rpn/assign-anchors";
import { classAccuracy, rpnAccuracy, type SampledAnchors } from "../detectors/original/accuracy";
import { averagePrecision } from "../metrics/average-precision";
import { meanBoxDetections } from "../metrics/mean-box-detections";
import type { ImageDetections } from "../types";
import { Random } from "../util/random";
import { toOriginalDetections } from "./detect-dataset";
import type { ProgressOptions } from "./progress-options";
import { traceDataset } from "./trace-dataset";

export interface OriginalMetrics {
  /** Share of the sampled anchors that objectness classifies rightly, at a threshold of 0.5. */
  readonly rpnAccuracy: number;
  /** The same of a network that calls every anchor background. */
  readonly silentRpnAccuracy: number;
  /** Share of the images with boxes whose first detection has the class of one of the boxes. */
  readonly classAccuracy: number;
  /**
   * Class-agnostic AP50 of the mean box of each image, which was the answer of the original
   * experiment; null when there is no box to find.
   */
  readonly meanBoxAp50: number | null;
  /** Class-agnostic AP50 of all detections; null when there is no box to find. */
  readonly ap50: number | null;
}

export interface OriginalMetricsOptions extends ProgressOptions {
  /** Detections of this score or more are averaged into the mean box. */
  readonly scoreThreshold: number;
  /** Seed of the sample of anchors. */
  readonly seed: number;
}

/**
 * Computes the metrics of the original experiment for a detector.
 * @param options progress counts images
 * @throws when the detector does not have two stages, when an image cannot be decoded, and the
 * signal's reason when the signal is aborted
 * @example
 * const metrics = await originalMetrics(detector, test, { scoreThreshold: 0.5, seed: 1 });
 */
export async function originalMetrics(
  detector: Detector,
  dataset: Dataset,
  { scoreThreshold, seed, ...progress }: OriginalMetricsOptions,
): Promise<OriginalMetrics> {
  const staged = requireTwoStages(detector);
  const random = new Random(`${seed}/original-figures`);
  const detections: ImageDetections[] = [];
  const sampled: SampledAnchors[] = [];
  for await (const { sample, trace } of traceDataset(staged, dataset, progress)) {
    const { record, letterbox } = sample;
    detections.push({
      imageId: record.id,
      detections: toOriginalDetections(trace.detections, letterbox, record),
    });
    const target = {
      boxes: flattenBoxes(sample.boxes),
      classIds: Int32Array.from(sample.classIds),
    };
    const { positives, negatives } = assignAnchors(staged.anchors, target, {
      config: staged.config.rpn,
      random,
    });
    sampled.push({ positives, negatives, objectness: trace.objectness });
  }
  const groundTruths = dataset.groundTruths();
  const ap50 = (found: readonly ImageDetections[]) =>
    averagePrecision(groundTruths, found, { classAware: false }).AP50;
  const silent = sampled.map((image) => ({
    ...image,
    objectness: image.objectness.map(() => -Infinity),
  }));
  return {
    rpnAccuracy: rpnAccuracy(sampled),
    silentRpnAccuracy: rpnAccuracy(silent),
    classAccuracy: classAccuracy(groundTruths, detections),
    meanBoxAp50: ap50(meanBoxDetections(detections, { scoreThreshold })),
    ap50: ap50(detections),
  };
}
