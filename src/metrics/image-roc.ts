/**
 * Does this slice contain a tumor? The score of an image is the score of its best detection. The
 * ROC curve shows how well this score separates slices with boxes from slices without. The area
 * under it is the probability that a slice with a tumor has a higher score than one without (Hanley
 * and McNeil 1982).
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { type EvaluatedImage, joinImages } from "./matching";
import type { ImageWeights } from "./ranking";

export interface ScoredImage {
  readonly imageId: string;
  /** Null if the patient is not known. */
  readonly patient: string | null;
  /** The score of its best detection; 0 without detections. */
  readonly score: number;
  readonly hasTumor: boolean;
  /** Index among the given images. */
  readonly index: number;
}

export interface RocPoint {
  /** Images of this score or more are called positive; null when none is. */
  readonly scoreThreshold: number | null;
  /** Share of the images without a tumor that are called positive. */
  readonly falsePositiveRate: number;
  /** Share of the images with a tumor that are called positive. */
  readonly sensitivity: number;
}

export interface ImageRoc {
  /** Area under the curve, in [0, 1]; guessing gives 0.5. Equal scores count half. */
  readonly auc: number;
  /** From no image called positive to all images. */
  readonly points: readonly RocPoint[];
  readonly imagesWithTumor: number;
  readonly imagesWithoutTumor: number;
}

/**
 * The ROC curve of whole images.
 * @param groundTruths all evaluated images
 * @returns null when there are no images with boxes, or none without
 * @throws as `joinImages` does
 * @example
 * const auc = imageRoc(test.groundTruths(), detections)?.auc;
 */
export function imageRoc(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): ImageRoc | null {
  return rocOf(scoreImages(joinImages(groundTruths, detections)));
}

/** The images with their scores, by falling score. */
export function scoreImages(images: readonly EvaluatedImage[]): ScoredImage[] {
  return images
    .map(({ groundTruth, detections }, index) => ({
      imageId: groundTruth.imageId,
      patient: groundTruth.patient,
      score: detections.reduce((best, { score }) => Math.max(best, score), 0),
      hasTumor: groundTruth.boxes.length > 0,
      index,
    }))
    .sort((a, b) => b.score - a.score);
}

/**
 * The ROC curve of scored images.
 * @param images by falling score
 * @param weights how often each image counts, by its `index`
 * @returns null when there are no images with boxes, or none without
 */
export function rocOf(
  images: readonly ScoredImage[],
  weights: ImageWeights = null,
): ImageRoc | null {
  const weightOf = ({ index }: ScoredImage) => (weights ? weights[index] : 1);
  const count = (hasTumor: boolean) =>
    images.reduce((sum, image) => sum + (image.hasTumor === hasTumor ? weightOf(image) : 0), 0);
  const imagesWithTumor = count(true);
  const imagesWithoutTumor = count(false);
  if (!imagesWithTumor || !imagesWithoutTumor) return null;
  const points: RocPoint[] = [{ scoreThreshold: null, falsePositiveRate: 0, sensitivity: 0 }];
  let auc = 0;
  let truePositives = 0;
  let falsePositives = 0;
  images.forEach((image, i) => {
    if (image.hasTumor) truePositives += weightOf(image);
    else falsePositives += weightOf(image);
    // Images of equal score are called together, along a straight line.
    if (images[i + 1]?.score === image.score) return;
    const before = points[points.length - 1];
    const falsePositiveRate = falsePositives / imagesWithoutTumor;
    const sensitivity = truePositives / imagesWithTumor;
    auc +=
      ((falsePositiveRate - before.falsePositiveRate) * (sensitivity + before.sensitivity)) / 2;
    points.push({ scoreThreshold: image.score, falsePositiveRate, sensitivity });
  });
  return { auc, points, imagesWithTumor, imagesWithoutTumor };
}
