/**
 * FROC (Bunch et al. 1977): the part of the tumors found against the false positives an image that
 * this costs, with no upper end to either images or marks. The seven rates and their mean are the
 * score of the LUNA16 challenge (Setio et al. 2017, section 3.2), which interpolates between
 * thresholds; here each point is one that a threshold really reaches, and the threshold is kept.
 *
 * Classes do not count. A second detection of a found tumor is a false positive, as for average
 * precision.
 */
import { mean } from "simple-statistics";
import type { ImageDetections, ImageGroundTruth } from "../types";
import { joinImages } from "./matching";
import { HIT_IOU } from "./outcomes";
import { boxesToFind, ImageWeights, OUTCOME, Ranking, rankDetections } from "./ranking";

/** False positives an image at which the sensitivity is asked for. */
export const FROC_RATES: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];

/**
 * The IoU of a hit that asks only whether a mark is on the tumor, where boxes are drawn loosely.
 */
export const LOOSE_IOU = 0.1;

export interface FrocPoint {
  /** At most so many false positives an image were allowed. */
  readonly rate: number;
  /** Part of the boxes that are found. */
  readonly sensitivity: number;
  /**
   * Detections of this score or more are kept; null where already the best detections bring too
   * many false positives, and none is kept.
   */
  readonly scoreThreshold: number | null;
}

export interface FrocCurve {
  /** How many images false positives were counted in. */
  readonly images: number;
  /** One entry for each score that occurs, falling: detections of this score or more are kept. */
  readonly scoreThreshold: readonly number[];
  readonly falsePositivesPerImage: readonly number[];
  readonly sensitivity: readonly number[];
  /** At each of `FROC_RATES`. */
  readonly points: readonly FrocPoint[];
  /** Mean sensitivity of the points. */
  readonly mean: number;
}

export interface Froc {
  /** IoU of a hit. */
  readonly iou: number;
  readonly boxes: number;
  /** False positives of all images over their number. */
  readonly allImages: FrocCurve;
  /**
   * False positives of the images without boxes over their number; null where there is none.
   * Sensitivity is that of all boxes.
   */
  readonly tumorFreeImages: FrocCurve | null;
}

/**
 * @param truths every image that counts, those without boxes too; throws as `joinImages` does
 * @returns null where there is no box to find
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
 * One curve of a ranking that has boxes to find; the bootstrap asks for it with other weights.
 * @param threshold index into the ranking's IoU thresholds
 * @param options.weights how often each image counts
 * @param options.counted `[I]`: false positives count in images that are 1 here, not in those that
 * are 0; in all by default
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
    // Equal scores are kept or dropped together.
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
