/** Runs a two-stage detector over a data set and hands out what every stage made of each image. */
import { samplesToTensor } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { loadAhead } from "../data/loader";
import { loadSample } from "../data/sample";
import type { TwoStageDetector } from "../detectors/detector";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import { tf } from "../tensor/tensorflow";
import type { Sample } from "../types";

/** Images that go through the detector together. */
const BATCH = 8;

export interface TracedImage {
  /** With its ground truth. */
  readonly sample: Sample;
  readonly trace: DetectionTrace;
}

/** Every image of a data set with its trace, in order. No tensor is left between two of them. */
export async function* traceDataset(
  detector: TwoStageDetector,
  dataset: Dataset,
): AsyncGenerator<TracedImage> {
  for await (const samples of loadAhead(dataset.images, BATCH, (image) =>
    loadSample(image, detector.config.data),
  )) {
    const input = samplesToTensor(samples);
    const features = detector.frozenFeatures(input);
    const traces = detector.traceDetections(features);
    tf.dispose([input, features]);
    for (const [i, sample] of samples.entries()) yield { sample, trace: traces[i] };
  }
}
