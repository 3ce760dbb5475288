/**
 * The figures the original experiment reported: how many sampled anchors and how many images it
 * got right. They say nothing of where boxes lie.
 */
import type { ImageTrace } from "../faster-rcnn/training-trace";
import type { ImageDetections, ImageGroundTruth } from "../../types";

/** The anchors the region proposal network is asked about in one image. */
export type SampledAnchors = Pick<ImageTrace, "positives" | "negatives" | "objectness">;

/**
 * Part of the sampled anchors whose objectness is on the right side of one half; half of them are
 * positive where there are enough.
 */
export function rpnAccuracy(images: readonly SampledAnchors[]): number {
  let right = 0;
  let all = 0;
  for (const { positives, negatives, objectness } of images) {
    right +=
      positives.filter((i) => objectness[i] > 0).length +
      negatives.filter((i) => objectness[i] <= 0).length;
    all += positives.length + negatives.length;
  }
  return all ? right / all : 0;
}

/**
 * Part of the images with boxes whose first detection has the class of one of their boxes. An image
 * without detections counts as wrong; the original left such images out, and so reported more.
 */
export function classAccuracy(
  targets: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): number {
  const found = new Map(detections.map((image) => [image.imageId, image.detections]));
  const withBoxes = targets.filter(({ boxes }) => boxes.length);
  const right = withBoxes.filter(({ imageId, classIds }) => {
    const [first] = found.get(imageId) ?? [];
    return first !== undefined && classIds.includes(first.classId);
  });
  return withBoxes.length ? right.length / withBoxes.length : 0;
}
