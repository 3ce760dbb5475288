/**
 * Sorts wrong detections and missed boxes into types of errors, and computes how much average
 * precision each type costs (TIDE, Bolya et al. 2020, sections 2 and 3). Counts and costs equal
 * those of the authors' program, tidecv 1.0, except for four conventions:
 * - Here, an IoU of exactly 0.5 is a hit, so that a second detection of a box at this IoU is a
 *   duplicate. In tidecv it is a localization error.
 * - Here, a detection takes the later one of boxes that it overlaps equally. In tidecv it takes the
 *   earlier one.
 * - Here, a class with detections but without boxes has no AP and is left out of the mean. In
 *   tidecv its AP is 0.
 * - Here, the costs of all false positives and of all false negatives are never below 0. In tidecv
 *   they can be.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { COCO_MAX_DETECTIONS } from "./average-precision";
import { byFallingScore, joinImages, matchDetections, overlapTable, UNMATCHED } from "./matching";
import { HIT_IOU } from "./outcomes";
import { interpolatedPrecision, OUTCOME, type Ranking } from "./ranking";

/** A detection is on the background when its IoU with every box is below this (section 2.2). */
export const BACKGROUND_IOU = 0.1;

/** The types of errors, in the order of the paper. */
export const ERROR_TYPES = [
  "classification",
  "localization",
  "both",
  "duplicate",
  "background",
  "missed",
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

export interface ErrorTypeOptions {
  /**
   * Whether a detection of the wrong class is an error. If it is not, the types `classification`
   * and `both` do not occur.
   */
  readonly classAware: boolean;
  /**
   * Errors are counted among the detections of this score or more. Costs refer to all detections,
   * as AP does.
   */
  readonly scoreThreshold: number;
}

export interface ErrorTypes extends ErrorTypeOptions {
  /** IoU of a hit. */
  readonly iou: number;
  /**
   * AP at this IoU; null when there is no box to find. When class-aware, each detection counts for
   * its most probable class only.
   */
  readonly ap: number | null;
  readonly types: readonly {
    readonly type: ErrorType;
    readonly count: number;
    /** The gain in AP if these errors were corrected. */
    readonly cost: number;
  }[];
  /** The gain in AP if there were no false positives. */
  readonly falsePositiveCost: number;
  /** The gain in AP if the boxes that nothing found did not count; 0 when no box is found. */
  readonly falseNegativeCost: number;
}

/** A detection, ranked in its class. */
interface JudgedDetection {
  readonly classId: number;
  readonly score: number;
  readonly isHit: boolean;
  readonly error: Exclude<ErrorType, "missed"> | null;
  /** The detection if its error were corrected; null if it would then not exist. */
  readonly corrected: Pick<JudgedDetection, "classId" | "score" | "isHit"> | null;
}

interface JudgedBox {
  readonly classId: number;
  readonly isFound: boolean;
  /** Not found, and no detection would find it if the class or the edges were corrected. */
  readonly isMissed: boolean;
}

interface Judgement {
  readonly detections: readonly JudgedDetection[];
  readonly boxes: readonly JudgedBox[];
}

/**
 * Sorts the errors of detections at IoU 0.5 into types.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options the reading and the score threshold
 * @throws as `joinImages` does
 * @example
 * const options = { classAware: true, scoreThreshold: 0.5 };
 * const { types } = errorTypes(test.groundTruths(), detections, options);
 */
export function errorTypes(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware, scoreThreshold }: ErrorTypeOptions,
): ErrorTypes {
  const all = judge(groundTruths, detections, { classAware, scoreThreshold: 0 });
  const counted = judge(groundTruths, detections, { classAware, scoreThreshold });
  const ap = meanAp(all);
  // AP reads precision at 101 recalls only, so that a correction can lower it a little.
  const cost = (corrected: Judgement) => Math.max(0, (meanAp(corrected) ?? 0) - (ap ?? 0));
  const hits = all.detections.filter(({ isHit }) => isHit);
  return {
    classAware,
    scoreThreshold,
    iou: HIT_IOU,
    ap,
    types: ERROR_TYPES.map((type) => ({
      type,
      count: countOf(counted, type),
      cost: cost(withoutErrors(all, type)),
    })),
    falsePositiveCost: cost({ detections: hits, boxes: all.boxes }),
    falseNegativeCost: cost({
      detections: all.detections,
      boxes: all.boxes.filter(({ isFound }) => isFound),
    }),
  };
}

function judge(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware, scoreThreshold }: ErrorTypeOptions,
): Judgement {
  const images = joinImages(groundTruths, detections).map((image) => {
    const { boxes, classIds } = image.groundTruth;
    const ranked = byFallingScore(
      image.detections
        .filter(({ score }) => score >= scoreThreshold)
        .map(({ box, score, classId, classProbabilities }) => ({
          box,
          classId: classAware ? classId : 0,
          score: classAware ? score * classProbabilities[classId] : score,
        })),
    ).slice(0, COCO_MAX_DETECTIONS);
    const overlaps = overlapTable(
      ranked.map(({ box }) => box),
      boxes,
    );
    return judgeImage(
      ranked,
      boxes.map((_, i) => (classAware ? classIds[i] : 0)),
      overlaps,
    );
  });
  return {
    detections: images.flatMap((image) => image.detections),
    boxes: images.flatMap((image) => image.boxes),
  };
}

/**
 * @param detections by falling score
 * @param classIds `[G]`: the classes of the boxes
 * @param overlaps `[D][G]`: IoUs
 */
function judgeImage(
  detections: readonly { readonly classId: number; readonly score: number }[],
  classIds: readonly number[],
  overlaps: readonly (readonly number[])[],
): Judgement {
  // A detection cannot match a box of another class, so their IoU counts as 0.
  const sameClass = overlaps.map((row, d) =>
    row.map((iou, g) => (classIds[g] === detections[d].classId ? iou : 0)),
  );
  const matches = matchDetections(sameClass, HIT_IOU);
  const found = new Set(matches);
  const errors = detections.map(({ classId }, d) =>
    matches[d] === UNMATCHED ? errorOf(overlaps[d], classIds, classId) : null,
  );
  // For each box that is not found, the detection of highest score that would find it if its error
  // were corrected.
  const rescuers = new Map<number, number>();
  errors.forEach((error, d) => {
    if (error?.box !== undefined && !found.has(error.box) && !rescuers.has(error.box))
      rescuers.set(error.box, d);
  });
  return {
    detections: detections.map(({ classId, score }, d): JudgedDetection => {
      const error = errors[d];
      if (!error) return { classId, score, isHit: true, error: null, corrected: null };
      const { type, box } = error;
      const corrected =
        box !== undefined && rescuers.get(box) === d
          ? { classId: classIds[box], score, isHit: true }
          : null;
      return { classId, score, isHit: false, error: type, corrected };
    }),
    boxes: classIds.map((classId, g) => ({
      classId,
      isFound: found.has(g),
      isMissed: !found.has(g) && !rescuers.has(g),
    })),
  };
}

/** Why a detection found no box, and the box that it would find without this error. */
function errorOf(
  overlaps: readonly number[],
  classIds: readonly number[],
  classId: number,
): { readonly type: Exclude<ErrorType, "missed">; readonly box?: number } {
  /** The box of highest IoU among the boxes of this class, or of the other classes. */
  const best = (isSameClass: boolean) =>
    overlaps.reduce(
      (top, iou, g) =>
        (classIds[g] === classId) === isSameClass && (top < 0 || iou > overlaps[top]) ? g : top,
      -1,
    );
  const [same, other] = [best(true), best(false)];
  const sameIou = same < 0 ? 0 : overlaps[same];
  const otherIou = other < 0 ? 0 : overlaps[other];
  if (sameIou >= BACKGROUND_IOU && sameIou < HIT_IOU) return { type: "localization", box: same };
  if (otherIou >= HIT_IOU) return { type: "classification", box: other };
  if (sameIou >= HIT_IOU) return { type: "duplicate" };
  return { type: otherIou > BACKGROUND_IOU ? "both" : "background" };
}

/** The judgement if all errors of one type were corrected. */
function withoutErrors({ detections, boxes }: Judgement, type: ErrorType): Judgement {
  if (type === "missed") return { detections, boxes: boxes.filter(({ isMissed }) => !isMissed) };
  return {
    detections: detections.flatMap((detection) => {
      const { error, corrected } = detection;
      if (error !== type) return [detection];
      return corrected ? [{ ...detection, ...corrected, error: null, corrected: null }] : [];
    }),
    boxes,
  };
}

function countOf({ detections, boxes }: Judgement, type: ErrorType): number {
  if (type === "missed") return boxes.filter(({ isMissed }) => isMissed).length;
  return detections.filter(({ error }) => error === type).length;
}

/** The mean AP over the classes that have boxes; null when there are none. */
function meanAp({ detections, boxes }: Judgement): number | null {
  const classes = Array.from(new Set(boxes.map(({ classId }) => classId)));
  const aps = classes.map((classId) => {
    const ranked = byFallingScore(detections.filter((detection) => detection.classId === classId));
    const ranking: Ranking = {
      classId,
      iouThresholds: [HIT_IOU],
      scores: ranked.map(({ score }) => score),
      images: new Int32Array(ranked.length),
      places: new Int32Array(ranked.length),
      outcomes: [Uint8Array.from(ranked, ({ isHit }) => (isHit ? OUTCOME.hit : OUTCOME.miss))],
      boxes: Int32Array.of(boxes.filter((box) => box.classId === classId).length),
    };
    // Every class in the list has boxes.
    return interpolatedPrecision(ranking, 0)!;
  });
  return aps.length ? aps.reduce((sum, ap) => sum + ap, 0) / aps.length : null;
}
