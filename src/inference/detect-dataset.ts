/** Runs a detector over images, and maps its boxes to the pixels of the original images. */
import { samplesToTensor } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { toOriginal } from "../data/letterbox";
import { loadAhead } from "../data/loader";
import {
  loadNetworkImage,
  loadRecordImage,
  type NetworkImage,
  type SampleOptions,
} from "../data/sample";
import { inParallel } from "../util/in-parallel";
import { cellProgress } from "../util/running-cell";
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import type {
  Detection,
  ImageBox,
  ImageDetections,
  ImageRecord,
  Letterbox,
  NetworkDetection,
} from "../types";
import { betweenBatches, type ProgressOptions } from "./progress-options";

/** Number of images that go through the detector together. */
const BATCH = 8;

/** An image with a smaller side, in pixels, cannot show a slice of a head. */
const SMALLEST_SIDE = 8;

/**
 * Maps detections from pixels of the network's input to pixels of the original image, and clips
 * their boxes to the image.
 * @param letterbox how the image was fitted into the network's input
 * @param image the size of the original image in pixels
 */
export function toOriginalDetections(
  detections: readonly NetworkDetection[],
  letterbox: Letterbox,
  image: { readonly width: number; readonly height: number },
): Detection[] {
  const clip = (value: number, high: number) => Math.min(Math.max(value, 0), high);
  const { width, height } = image;
  return detections.map((detection) => {
    const [x1, y1, x2, y2] = toOriginal(detection.box, letterbox);
    const box: ImageBox = [clip(x1, width), clip(y1, height), clip(x2, width), clip(y2, height)];
    return { ...detection, box };
  });
}

/** An image with its detections. */
export interface DetectedImage extends NetworkImage {
  /** By falling score; boxes in pixels of the original image. */
  readonly detections: Detection[];
}

/**
 * Detects in a few images, all in one batch.
 * @param files paths or encoded bytes
 * @throws when an image cannot be decoded; the message names the file
 * @example
 * const [{ detections }] = await detectImages(detector, ["slice.png"]);
 */
export async function detectImages(
  detector: Detector,
  files: readonly (string | Buffer)[],
): Promise<DetectedImage[]> {
  return detectLoaded(
    detector,
    await inParallel(files, (file) => loadNetworkImage(file, detector.config.data)),
  );
}

/** The detections of a file, or the reason why it could not be read. */
export type FileDetections =
  | { readonly file: string; readonly image: DetectedImage }
  | { readonly file: string; readonly error: Error };

/**
 * Detects in any number of image files, in their order. The next files are decoded meanwhile. A
 * file that cannot be decoded yields an error, and the others go on. Each image goes through the
 * detector alone, because the scores of a batch differ in their last bits.
 * @param valueRange of images of more than 8 bits; by default that of the detector's configuration,
 * and without it that of each image
 */
export async function* detectFiles(
  detector: Detector,
  files: readonly string[],
  valueRange = detector.config.data.valueRange,
): AsyncGenerator<FileDetections> {
  const options = { ...detector.config.data, valueRange };
  const load = (file: string) => loadSlice(file, options).catch((error: Error) => error);
  let index = 0;
  for await (const [loaded] of loadAhead(files, 1, load)) {
    const file = files[index++];
    yield loaded instanceof Error
      ? { file, error: loaded }
      : { file, image: detectLoaded(detector, [loaded])[0] };
  }
}

/** @throws when the file cannot be decoded, or is too small to be a slice; the message names it */
async function loadSlice(file: string, options: SampleOptions): Promise<NetworkImage> {
  const image = await loadNetworkImage(file, options);
  const { width, height } = image;
  if (Math.min(width, height) >= SMALLEST_SIDE) return image;
  throw new Error(
    `${file}: the image is only ${width} x ${height} pixels large: too small to be a slice`,
  );
}

/** Detects in images at the network's input size, all in one batch. */
export function detectLoaded(detector: Detector, images: readonly NetworkImage[]): DetectedImage[] {
  const input = samplesToTensor(images);
  const features = detector.frozenFeatures(input);
  const found = detector.detectFeatures(features);
  tf.dispose([input, features]);
  return images.map((image, i) => ({
    ...image,
    detections: toOriginalDetections(found[i], image.letterbox, image),
  }));
}

/**
 * Detects in every image of a data set.
 * @param options progress counts images
 * @returns one entry for each image, in the order of the data set
 * @throws when an image cannot be decoded, and the signal's reason when the signal is aborted
 * @example
 * const detections = await detectDataset(detector, test);
 */
export async function detectDataset(
  detector: Detector,
  dataset: Dataset,
  { signal, onProgress = cellProgress("detection") }: ProgressOptions = {},
): Promise<ImageDetections[]> {
  const { images } = dataset;
  const found: ImageDetections[] = [];
  signal?.throwIfAborted();
  const load = (record: ImageRecord) => loadRecordImage(record, detector.config.data);
  for await (const batch of loadAhead(images, BATCH, load)) {
    for (const { detections } of detectLoaded(detector, batch))
      found.push({ imageId: images[found.length].id, detections });
    onProgress(found.length, images.length);
    await betweenBatches(signal);
  }
  return found;
}
