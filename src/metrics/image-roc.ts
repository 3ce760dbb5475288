/**
 * Is there a tumor in this slice at all? The score of an image is that of its best detection, and
 * the ROC curve tells how well it parts slices with a box from those without (Hanley and McNeil
 * 1982: the area is the chance that a slice with a tumor scores higher than one without).
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { EvaluatedImage, joinImages } from "./matching";
import type { ImageWeights } from "./ranking";

export interface ScoredImage {
  readonly imageId: string;
  readonly patient: string;
  /** Of its best detection; 0 without any. */
  readonly score: number;
  readonly hasTumor: boolean;
  /** Its place among the images given. */
  readonly index: number;
}

export interface RocPoint {
  /** Images of this score or more are called; null for none. */
  readonly scoreThreshold: number | null;
  /** Part of the images without a tumor that are called. */
  readonly falsePositiveRate: number;
  /** Part of the images with a tumor that are called. */
  readonly sensitivity: number;
}

export interface ImageRoc {
  /** Area under the curve, in [0, 1]; 0.5 is guessing. Equal scores count half. */
  readonly auc: number;
  /** From none called to all called. */
  readonly points: readonly RocPoint[];
  readonly imagesWithTumor: number;
  readonly imagesWithoutTumor: number;
}

/**
 * Null where there are no images without boxes, or none with: then there is nothing to tell apart.
 * Throws as `joinImages` does.
 */
export function imageRoc(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): ImageRoc | null {
  return rocOf(scoreImages(joinImages(groundTruths, detections)));
}

/** The images by falling score. */
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

/** @param images by falling score; @param weights how often each counts, by its `index` */
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
  let called = 0;
  let falselyCalled = 0;
  images.forEach((image, i) => {
    if (image.hasTumor) called += weightOf(image);
    else falselyCalled += weightOf(image);
    // Equal scores are called together, along a straight line.
    if (images[i + 1]?.score === image.score) return;
    const before = points[points.length - 1];
    const falsePositiveRate = falselyCalled / imagesWithoutTumor;
    const sensitivity = called / imagesWithTumor;
    auc +=
      ((falsePositiveRate - before.falsePositiveRate) * (sensitivity + before.sensitivity)) / 2;
    points.push({ scoreThreshold: image.score, falsePositiveRate, sensitivity });
  });
  return { auc, points, imagesWithTumor, imagesWithoutTumor };
}
