/**
 * The answer of the original experiment for an image: the mean of the boxes that NMS kept, with
 * their most frequent class.
 */
import { flattenBoxes } from "../boxes/box";
import { meanBox } from "../boxes/mean-box";
import type { ImageDetections } from "../types";

/**
 * Averages the detections of each image into one detection. An image without detections gets none.
 * The score is the mean score. The class probabilities are votes: the share of the boxes of each
 * class. The lowest class wins a tie, as in the original experiment.
 * @param options the score threshold
 * @param options.scoreThreshold boxes of a lower score are left out: each box that is averaged
 * moves the mean
 * @example
 * const means = meanBoxDetections(detections, { scoreThreshold: 0.5 });
 */
export function meanBoxDetections(
  detections: readonly ImageDetections[],
  { scoreThreshold }: { readonly scoreThreshold: number },
): ImageDetections[] {
  return detections.map((image) => {
    const { imageId } = image;
    const averaged = image.detections.filter(({ score }) => score >= scoreThreshold);
    if (!averaged.length) return { imageId, detections: [] };
    const votes = averaged[0].classProbabilities.map(
      (_, classId) =>
        averaged.filter((detection) => detection.classId === classId).length / averaged.length,
    );
    const mean = {
      box: meanBox(flattenBoxes(averaged.map(({ box }) => box))),
      score: averaged.reduce((sum, { score }) => sum + score, 0) / averaged.length,
      classProbabilities: votes,
      classId: votes.indexOf(Math.max(...votes)),
    };
    return { imageId, detections: [mean] };
  });
}
