/** Runs a two-stage detector over a data set and hands out what every stage made of each image. */
import { samplesToTensor } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { loadAhead } from "../data/loader";
import { loadSample } from "../data/sample";
import type { Detector } from "../detectors/detector";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import { FasterRCNN } from "../detectors/faster-rcnn/faster-rcnn";
import { tf } from "../tensor/tensorflow";
import type { Sample } from "../types";

/** Images that go through the detector together. */
const BATCH = 8;

export interface TracedImage {
  /** With the truth in pixels of the network's input. */
  readonly sample: Sample;
  readonly trace: DetectionTrace;
}

/** The detector, if it has the stages that can be followed. Throws for the original experiment's, whose class head scores regions and moves none. */
export function twoStage(detector: Detector): FasterRCNN {
  if (detector instanceof FasterRCNN) return detector;
  throw new Error("stages can be followed in a FasterRCNN only (the presets default and accurate), not in the original's detector"); // prettier-ignore
}

/** Every image of a data set with its trace, in order. No tensor is left between two of them. */
export async function* traceDataset(detector: FasterRCNN, dataset: Dataset): AsyncGenerator<TracedImage> {
  for await (const samples of loadAhead(dataset.images, BATCH, (image) => loadSample(image, detector.config.data))) {
    const input = samplesToTensor(samples);
    const features = detector.frozenFeatures(input);
    const traces = detector.traceDetections(features);
    tf.dispose([input, features]);
    for (const [i, sample] of samples.entries()) yield { sample, trace: traces[i] };
  }
}
