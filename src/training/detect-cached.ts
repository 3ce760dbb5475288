/** Detects in images whose frozen features are cached. */
import { toOriginalDetections } from "../inference/detect-dataset";
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import type { ImageDetections } from "../types";
import type { FeatureCache } from "./feature-cache";

/** Number of images that go through the detector together. */
const BATCH = 8;

/**
 * Detects in every image of a cache; augmented copies are left out.
 * @returns one entry for each image, in the order of the cache; boxes in pixels of the original
 * images
 */
export function detectCached(detector: Detector, cache: FeatureCache): ImageDetections[] {
  const found: ImageDetections[] = [];
  for (let start = 0; start < cache.size; start += BATCH) {
    const indices = Array.from(
      { length: Math.min(BATCH, cache.size - start) },
      (_, i) => start + i,
    );
    const { features, images } = cache.unchanged(indices);
    const detections = detector.detectFeatures(features);
    tf.dispose(features);
    images.forEach(({ sample }, i) => {
      const { record, letterbox } = sample;
      found.push({
        imageId: record.id,
        detections: toOriginalDetections(detections[i], letterbox, record),
      });
    });
  }
  return found;
}
