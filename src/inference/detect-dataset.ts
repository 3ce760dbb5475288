/** Runs a detector over images, and brings its boxes back to the pixels of the original image. */
import { samplesToTensor } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { toOriginal } from "../data/letterbox";
import { loadAhead } from "../data/loader";
import { loadNetworkImage, NetworkImage } from "../data/sample";
import { inParallel } from "../util/in-parallel";
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

/** Images that go through the detector together. */
const BATCH = 8;

/** Pixels a side below which an image shows no slice of a head. */
const SMALLEST_SIDE = 8;

/**
 * Detections in pixels of the network's input, as detections in pixels of the original image,
 * clipped to it.
 */
export function toOriginalDetections(
  detections: readonly NetworkDetection[],
  letterbox: Letterbox,
  { width, height }: { width: number; height: number },
): Detection[] {
  return detections.map((detection) => {
    const [x1, y1, x2, y2] = toOriginal(detection.box, letterbox);
    const clip = (value: number, high: number) => Math.min(Math.max(value, 0), high);
    const box: ImageBox = [clip(x1, width), clip(y1, height), clip(x2, width), clip(y2, height)];
    return { ...detection, box };
  });
}

/**
 * The detections of images given as files or bytes, each in pixels of its original. Throws, naming
 * the file, when one cannot be decoded.
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

/** What was found in a file, or why it could not be read. */
export type FileDetections =
  | { readonly file: string; readonly image: DetectedImage }
  | { readonly file: string; readonly error: Error };

/**
 * The detections of any number of image files, one after the other in their order; the next are
 * being decoded meanwhile, and a file that cannot be decoded ends nothing. Each goes through the
 * detector alone, since a batch's scores differ from it in their last bits.
 */
export async function* detectFiles(
  detector: Detector,
  files: readonly string[],
): AsyncGenerator<FileDetections> {
  const load = (file: string) => loadSlice(file, detector).catch((error: Error) => error);
  let index = 0;
  for await (const [loaded] of loadAhead(files, 1, load)) {
    const file = files[index++];
    yield loaded instanceof Error
      ? { file, error: loaded }
      : { file, image: detectLoaded(detector, [loaded])[0] };
  }
}

/** Throws, naming the file, when it cannot be decoded or is too small to be a slice. */
async function loadSlice(file: string, { config }: Detector): Promise<NetworkImage> {
  const image = await loadNetworkImage(file, config.data);
  const { width, height } = image;
  if (Math.min(width, height) >= SMALLEST_SIDE) return image;
  throw new Error(`${file}: is only ${width} x ${height} pixels large: too small to show anything`);
}

function detectLoaded(detector: Detector, images: readonly NetworkImage[]): DetectedImage[] {
  const input = samplesToTensor(images);
  const features = detector.frozenFeatures(input);
  const found = detector.detectFeatures(features);
  tf.dispose([input, features]);
  return images.map((image, i) => ({
    ...image,
    detections: toOriginalDetections(found[i], image.letterbox, image),
  }));
}

export interface DetectedImage extends NetworkImage {
  /** By falling score; boxes in pixels of the original image. */
  readonly detections: Detection[];
}

/**
 * The detections of every image of a data set, in its order. `onProgress` is told how many are
 * done.
 */
export async function detectDataset(
  detector: Detector,
  dataset: Dataset,
  onProgress?: (done: number, total: number) => void,
): Promise<ImageDetections[]> {
  const found: ImageDetections[] = [];
  const load = ({ path }: ImageRecord) => loadNetworkImage(path, detector.config.data);
  for await (const batch of loadAhead(dataset.images, BATCH, load)) {
    for (const { detections } of detectLoaded(detector, batch)) {
      found.push({ imageId: dataset.images[found.length].id, detections });
    }
    onProgress?.(found.length, dataset.images.length);
  }
  return found;
}
