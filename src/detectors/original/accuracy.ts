/**
 * The metrics that the original experiment reported: the accuracy of the objectness and the
 * accuracy of the class. They do not measure where the boxes are.
 */
import type { ImageTrace } from "../faster-rcnn/training-trace";
import type { ImageDetections, ImageGroundTruth } from "../../types";

/** The sampled anchors of one image, and the logits of all anchors. */
export type SampledAnchors = Pick<ImageTrace, "positives" | "negatives" | "objectness">;

/**
 * The fraction of the sampled anchors with the right objectness: above 0.5 for positive anchors,
 * and at most 0.5 for negative ones. Half of the sample is positive when there are enough positive
 * anchors.
 * @returns a fraction in [0, 1]; 0 without anchors
 * @example
 * const accuracy = rpnAccuracy(trace.images);
 */
export function rpnAccuracy(images: readonly SampledAnchors[]): number {
  let correct = 0;
  let total = 0;
  for (const { positives, negatives, objectness } of images) {
    // A logit above 0 is a probability above 0.5.
    correct +=
      positives.filter((i) => objectness[i] > 0).length +
      negatives.filter((i) => objectness[i] <= 0).length;
    total += positives.length + negatives.length;
  }
  return total ? correct / total : 0;
}

/**
 * The fraction of the images with boxes whose best detection has the class of one of these boxes.
 * An image without detections counts as wrong. The original experiment left these images out, which
 * raised its accuracy.
 * @returns a fraction in [0, 1]; 0 without images with boxes
 * @example
 * const accuracy = classAccuracy(groundTruths, detections);
 */
export function classAccuracy(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): number {
  const byImage = new Map(detections.map((image) => [image.imageId, image.detections]));
  const withBoxes = groundTruths.filter(({ boxes }) => boxes.length);
  const correct = withBoxes.filter(({ imageId, classIds }) => {
    const [best] = byImage.get(imageId) ?? [];
    return best !== undefined && classIds.includes(best.classId);
  });
  return withBoxes.length ? correct.length / withBoxes.length : 0;
}
