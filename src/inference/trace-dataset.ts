/** Runs a two-stage detector over a data set, and yields what every stage makes of each image. */
import { samplesToTensor } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { loadAhead } from "../data/loader";
import { loadSample } from "../data/sample";
import type { TwoStageDetector } from "../detectors/detector";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import { tf } from "../tensor/tensorflow";
import type { ImageRecord, Sample } from "../types";
import { cellProgress } from "../util/running-cell";
import { betweenBatches, type ProgressOptions } from "./progress-options";

/** Number of images that go through the detector together. */
const BATCH = 8;

export interface TracedImage {
  /** The image with its ground truth. */
  readonly sample: Sample;
  readonly trace: DetectionTrace;
}

/**
 * Yields the trace of every image of a data set, in order. Holds no tensors between two images.
 * @param options progress counts images
 * @throws when an image cannot be decoded, and the signal's reason when the signal is aborted
 */
export async function* traceDataset(
  detector: TwoStageDetector,
  dataset: Dataset,
  { signal, onProgress = cellProgress("traces") }: ProgressOptions = {},
): AsyncGenerator<TracedImage> {
  const { images } = dataset;
  let done = 0;
  signal?.throwIfAborted();
  const load = (image: ImageRecord) => loadSample(image, detector.config.data);
  for await (const samples of loadAhead(images, BATCH, load)) {
    const input = samplesToTensor(samples);
    const features = detector.frozenFeatures(input);
    const traces = detector.traceDetections(features);
    tf.dispose([input, features]);
    for (const [i, sample] of samples.entries()) yield { sample, trace: traces[i] };
    done += samples.length;
    onProgress(done, images.length);
    await betweenBatches(signal);
  }
}
