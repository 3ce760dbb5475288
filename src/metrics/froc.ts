/**
 * FROC (Bunch et al. 1977): sensitivity against false positives for each image. The seven rates and
 * the mean sensitivity at them are the score of the LUNA16 challenge (Setio et al. 2017, section
 * 3.2). LUNA16 interpolates between thresholds; here each point belongs to one threshold, and this
 * threshold is returned.
 *
 * Classes do not count. As in average precision, a second detection of a found tumor is a false
 * positive.
 */
import { mean } from "simple-statistics";
import type { ImageDetections, ImageGroundTruth } from "../types";
import { joinImages } from "./matching";
import { HIT_IOU } from "./outcomes";
import { boxesToFind, type ImageWeights, OUTCOME, type Ranking, rankDetections } from "./ranking";

/** False positives for each image at which the sensitivity is computed. */
export const FROC_RATES: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];

/**
 * An IoU for loosely drawn boxes: a detection of this IoU lies on the tumor, whatever its edges
 * are.
 */
export const LOOSE_IOU = 0.1;

export interface FrocPoint {
  /** The highest allowed number of false positives for each image. */
  readonly rate: number;
  /** Share of the boxes that are found. */
  readonly sensitivity: number;
  /**
   * Detections of this score or more count. Null when even the detections of highest score bring
   * too many false positives, so that none counts.
   */
  readonly scoreThreshold: number | null;
}

export interface FrocCurve {
  /** Number of images in which false positives are counted. */
  readonly images: number;
  /** One entry for each score that occurs, falling: detections of this score or more count. */
  readonly scoreThreshold: readonly number[];
  readonly falsePositivesPerImage: readonly number[];
  readonly sensitivity: readonly number[];
  /** One point for each of `FROC_RATES`. */
  readonly points: readonly FrocPoint[];
  /** Mean sensitivity of the points. */
  readonly mean: number;
}

export interface Froc {
  /** IoU of a hit. */
  readonly iou: number;
  readonly boxes: number;
  /** False positives in all images, divided by the number of images. */
  readonly allImages: FrocCurve;
  /**
   * False positives in the images without boxes, divided by the number of these images; null when
   * there are none. Sensitivity refers to all boxes.
   */
  readonly tumorFreeImages: FrocCurve | null;
}

/**
 * The FROC curves of detections.
 * @param groundTruths all evaluated images, also those without boxes
 * @param detections boxes in the same pixels as the ground truth
 * @param options the IoU of a hit
 * @param options.iou a detection finds a box at this IoU or more
 * @returns null when there is no box to find
 * @throws as `joinImages` does
 * @example
 * const curves = froc(test.groundTruths(), detections, { iou: LOOSE_IOU });
 */
export function froc(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { iou = HIT_IOU }: { readonly iou?: number } = {},
): Froc | null {
  const ranking = rankDetections(joinImages(groundTruths, detections), {
    classId: null,
    iouThresholds: [iou],
  });
  const boxes = boxesToFind(ranking);
  if (!boxes) return null;
  const tumorFree = Array.from(ranking.boxes, (count) => (count ? 0 : 1));
  return {
    iou,
    boxes,
    allImages: frocCurve(ranking, 0),
    tumorFreeImages: tumorFree.includes(1) ? frocCurve(ranking, 0, { counted: tumorFree }) : null,
  };
}

/**
 * The FROC curve of a ranking that has boxes to find.
 * @param threshold index into the IoU thresholds of the ranking
 * @param options which images count, and how often
 * @param options.weights how often each image counts; each once by default
 * @param options.counted `[I]`: 1 for images in which false positives count, 0 for the others; they
 * count in all images by default
 */
export function frocCurve(
  ranking: Ranking,
  threshold: number,
  {
    weights = null,
    counted = null,
  }: { weights?: ImageWeights; counted?: ArrayLike<number> | null } = {},
): FrocCurve {
  const { scores, images, boxes } = ranking;
  const outcomes = ranking.outcomes[threshold];
  const weightOf = (image: number) => (weights ? weights[image] : 1);
  const total = boxesToFind(ranking, weights);
  const imageCount = boxes.reduce((sum, _, i) => sum + weightOf(i) * (counted ? counted[i] : 1), 0);
  const scoreThreshold: number[] = [];
  const falsePositivesPerImage: number[] = [];
  const sensitivity: number[] = [];
  let hits = 0;
  let falsePositives = 0;
  scores.forEach((score, d) => {
    const image = images[d];
    if (outcomes[d] === OUTCOME.hit) hits += weightOf(image);
    else falsePositives += weightOf(image) * (counted ? counted[image] : 1);
    // Detections of equal score count together.
    if (scores[d + 1] === score) return;
    scoreThreshold.push(score);
    falsePositivesPerImage.push(imageCount ? falsePositives / imageCount : 0);
    sensitivity.push(hits / total);
  });
  const points = FROC_RATES.map((rate): FrocPoint => {
    const beyond = falsePositivesPerImage.findIndex((reached) => reached > rate);
    const last = (beyond < 0 ? scoreThreshold.length : beyond) - 1;
    return last < 0
      ? { rate, sensitivity: 0, scoreThreshold: null }
      : { rate, sensitivity: sensitivity[last], scoreThreshold: scoreThreshold[last] };
  });
  return {
    images: imageCount,
    scoreThreshold,
    falsePositivesPerImage,
    sensitivity,
    points,
    mean: mean(points.map((point) => point.sensitivity)),
  };
}
