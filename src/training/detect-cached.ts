/** Detections of images whose frozen features are cached. */
import { toOriginalDetections } from "../inference/detect-dataset";
import type { Detector } from "../detectors/detector";
import { tf } from "../tensor/tensorflow";
import type { ImageDetections } from "../types";
import type { FeatureCache } from "./feature-cache";

/** Images detected together. */
const BATCH = 8;

/**
 * Detections of every image of the cache, unchanged ones only, in pixels of the original images.
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
      const { id, width, height } = sample.record;
      found.push({
        imageId: id,
        detections: toOriginalDetections(detections[i], sample.letterbox, { width, height }),
      });
    });
  }
  return found;
}
