/**
 * The original experiment's answer for an image: the mean of the boxes that NMS kept, with the
 * class most of them have.
 */
import { flattenBoxes } from "../boxes/box";
import { meanBox } from "../boxes/mean-box";
import type { ImageDetections } from "../types";

/**
 * Averages the detections of each image into one; an image without any keeps none. Its score is the
 * mean score, and its class probabilities are the votes: the part of the boxes that has each class
 * (the lowest class wins a tie, as in the original).
 * @param options.scoreThreshold boxes below it have no say; a mean is as good as the worst box that
 * goes into it
 */
export function meanBoxDetections(
  detections: readonly ImageDetections[],
  { scoreThreshold }: { readonly scoreThreshold: number },
): ImageDetections[] {
  return detections.map(({ imageId, detections: all }) => {
    const kept = all.filter(({ score }) => score >= scoreThreshold);
    if (!kept.length) return { imageId, detections: [] };
    const votes = kept[0].classProbabilities.map(
      (_, classId) =>
        kept.filter((detection) => detection.classId === classId).length / kept.length,
    );
    const mean = {
      box: meanBox(flattenBoxes(kept.map(({ box }) => box))),
      score: kept.reduce((sum, { score }) => sum + score, 0) / kept.length,
      classProbabilities: votes,
      classId: votes.indexOf(Math.max(...votes)),
    };
    return { imageId, detections: [mean] };
  });
}
