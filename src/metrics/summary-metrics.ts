/**
 * The figures a result is summed up in, all at once, for images that count once or as often as a
 * resample drew them. Detections are matched to boxes when this is made; asking for the figures
 * again with other weights only counts.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { COCO_IOU_THRESHOLDS, COCO_MAX_DETECTIONS, presentClasses } from "./average-precision";
import { meanOfPresent } from "./coco-metrics";
import { frocCurve, LOOSE_IOU } from "./froc";
import { rocOf, ScoredImage, scoreImages } from "./image-roc";
import { joinImages } from "./matching";
import { HIT_IOU } from "./outcomes";
import {
  boxesToFind,
  ImageWeights,
  interpolatedPrecision,
  NOTHING_TO_FIND,
  OUTCOME,
  Ranking,
  rankDetections,
} from "./ranking";

/** Every headline figure; what does not say class-aware is class-agnostic. All are in [0, 1]. */
export const SUMMARY_METRICS = [
  "class-agnostic AP50",
  "class-agnostic AP75",
  "class-agnostic AP",
  "class-aware AP50",
  "class-aware AP75",
  "class-aware AP",
  "FROC mean, IoU 0.1",
  "FROC mean, IoU 0.5",
  "sensitivity",
  "precision",
  "patient sensitivity",
  "image AUC",
] as const;

/**
 * The last ones but the AUC hold at the score threshold and `HIT_IOU`: of boxes, of detections,
 * and of patients of whom one box is found.
 */
export type SummaryMetric = (typeof SUMMARY_METRICS)[number];

/** Those that depend on the score threshold. */
export const AT_THRESHOLD: readonly SummaryMetric[] = [
  "sensitivity",
  "precision",
  "patient sensitivity",
];

/**
 * A figure that does not exist is null: AP and sensitivity without boxes, precision without
 * detections, AUC without both kinds of images.
 */
export type SummaryValues = Readonly<Record<SummaryMetric, number | null>>;

const FROC_IOUS = [LOOSE_IOU, HIT_IOU];
const AP50 = COCO_IOU_THRESHOLDS.indexOf(0.5);
const AP75 = COCO_IOU_THRESHOLDS.indexOf(0.75);

export class SummaryMetrics {
  private readonly agnostic: readonly Ranking[];
  private readonly aware: readonly Ranking[];
  /** Of all detections, however many an image has, at `FROC_IOUS`. */
  private readonly unlimited: Ranking;
  private readonly scored: readonly ScoredImage[];
  /** Images of each patient. */
  private readonly patients: ReadonlyMap<string, readonly number[]>;

  /** Throws as `averagePrecision` does. */
  constructor(
    groundTruths: readonly ImageGroundTruth[],
    detections: readonly ImageDetections[],
    readonly scoreThreshold: number,
  ) {
    const images = joinImages(groundTruths, detections);
    const rank = (classId: number | null) =>
      rankDetections(images, {
        classId,
        iouThresholds: COCO_IOU_THRESHOLDS,
        maxDetections: COCO_MAX_DETECTIONS,
      });
    this.agnostic = [rank(null)];
    this.aware = presentClasses(groundTruths).map(rank);
    this.unlimited = rankDetections(images, { classId: null, iouThresholds: FROC_IOUS });
    this.scored = scoreImages(images);
    this.patients = imagesByPatient(groundTruths);
  }

  /**
   * @param weights how often each image counts, in the order of the truths; all images of a
   * patient alike
   */
  at(weights: ImageWeights = null): SummaryValues {
    const hasBoxes = boxesToFind(this.unlimited, weights) > 0;
    const frocMean = (iou: number) =>
      hasBoxes ? frocCurve(this.unlimited, FROC_IOUS.indexOf(iou), { weights }).mean : null;
    const [agnosticAP, agnostic50, agnostic75] = averagePrecisions(this.agnostic, weights);
    const [awareAP, aware50, aware75] = averagePrecisions(this.aware, weights);
    return {
      "class-agnostic AP50": agnostic50,
      "class-agnostic AP75": agnostic75,
      "class-agnostic AP": agnosticAP,
      "class-aware AP50": aware50,
      "class-aware AP75": aware75,
      "class-aware AP": awareAP,
      "FROC mean, IoU 0.1": frocMean(LOOSE_IOU),
      "FROC mean, IoU 0.5": frocMean(HIT_IOU),
      ...this.atThreshold(weights),
      "image AUC": rocOf(this.scored, weights)?.auc ?? null,
    };
  }

  private atThreshold(
    weights: ImageWeights,
  ): Pick<SummaryValues, "sensitivity" | "precision" | "patient sensitivity"> {
    const { scores, images, boxes } = this.unlimited;
    const outcomes = this.unlimited.outcomes[FROC_IOUS.indexOf(HIT_IOU)];
    const weightOf = (image: number) => (weights ? weights[image] : 1);
    const found = new Uint8Array(boxes.length);
    let kept = 0;
    let hits = 0;
    // By falling score: the first below the threshold ends it.
    for (let d = 0; d < scores.length && scores[d] >= this.scoreThreshold; d++) {
      kept += weightOf(images[d]);
      if (outcomes[d] !== OUTCOME.hit) continue;
      hits += weightOf(images[d]);
      found[images[d]] = 1;
    }
    let ill = 0;
    let foundPatients = 0;
    for (const own of this.patients.values()) {
      if (!own.some((image) => boxes[image])) continue;
      ill += weightOf(own[0]);
      if (own.some((image) => found[image])) foundPatients += weightOf(own[0]);
    }
    const total = boxesToFind(this.unlimited, weights);
    return {
      sensitivity: total ? hits / total : null,
      precision: kept ? hits / kept : null,
      "patient sensitivity": ill ? foundPatients / ill : null,
    };
  }
}

/**
 * The places of each patient's images, patients by name: the order in which they are drawn does
 * not depend on that of the images.
 */
export function imagesByPatient(
  groundTruths: readonly ImageGroundTruth[],
): ReadonlyMap<string, readonly number[]> {
  const byPatient = new Map<string, number[]>();
  for (const patient of Array.from(
    new Set(groundTruths.map((groundTruth) => groundTruth.patient)),
  ).sort())
    byPatient.set(patient, []);
  groundTruths.forEach(({ patient }, i) => byPatient.get(patient)!.push(i));
  return byPatient;
}

/** AP, AP50 and AP75, each the mean over the rankings that have boxes. */
function averagePrecisions(rankings: readonly Ranking[], weights: ImageWeights): (number | null)[] {
  const byIou = COCO_IOU_THRESHOLDS.map((_, t) =>
    meanOfPresent(rankings.map((ranking) => interpolatedPrecision(ranking, t, weights))),
  );
  return [meanOfPresent(byIou), byIou[AP50], byIou[AP75]].map((value) =>
    value === NOTHING_TO_FIND ? null : value,
  );
}
