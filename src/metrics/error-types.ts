/**
 * What kind of error each wrong detection and each missed box is, and what each kind costs of the
 * average precision (TIDE, Bolya et al. 2020, sections 2 and 3). Counts and costs are those of the
 * authors' program, tidecv 1.0, but for four conventions:
 * - A second detection of a box at an IoU of exactly 0.5 is a duplicate, since 0.5 is a hit; there
 *   it is a localization error.
 * - Of boxes that a detection overlaps equally, the later one is taken, as everywhere here; there
 *   the earlier one.
 * - A class with detections but without boxes has no AP and is left out of the mean; there it
 *   counts as 0.
 * - The costs of all false positives and of all false negatives are never below 0 either; there
 *   they may be.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { COCO_MAX_DETECTIONS } from "./average-precision";
import { byFallingScore, joinImages, matchDetections, overlapTable, UNMATCHED } from "./matching";
import { HIT_IOU } from "./outcomes";
import { interpolatedPrecision, NOTHING_TO_FIND, OUTCOME, type Ranking } from "./ranking";

/** Below this IoU with every box, a detection is on the background (section 2.2). */
export const BACKGROUND_IOU = 0.1;

/** In the order of the paper. */
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
   * Whether a detection of the wrong class is an error; if not, there are neither `classification`
   * nor `both`.
   */
  readonly classAware: boolean;
  /** What is counted; costs are of all detections, as AP is. */
  readonly scoreThreshold: number;
}

export interface ErrorTypes extends ErrorTypeOptions {
  /** IoU of a hit. */
  readonly iou: number;
  /** AP at this IoU, of each detection's likeliest class alone when class-aware. */
  readonly ap: number;
  readonly types: readonly {
    readonly type: ErrorType;
    readonly count: number;
    readonly cost: number;
  }[];
  /**
   * What AP would gain without any false positive, and if the boxes that nothing found did not
   * count; where none is found, the latter is 0.
   */
  readonly falsePositiveCost: number;
  readonly falseNegativeCost: number;
}

/** A detection ranked in its class. */
interface Judged {
  readonly classId: number;
  readonly score: number;
  readonly isHit: boolean;
  readonly error: Exclude<ErrorType, "missed"> | null;
  /** Rank and class it would have without its error; null when it would not be there. */
  readonly fixed: Pick<Judged, "classId" | "score" | "isHit"> | null;
}

interface JudgedBox {
  readonly classId: number;
  readonly isFound: boolean;
  /** Not found, and no detection would find it if its class or its edges were right. */
  readonly isMissed: boolean;
}

interface Judgement {
  readonly detections: readonly Judged[];
  readonly boxes: readonly JudgedBox[];
}

/**
 * Classes the errors of detections at IoU 0.5. Boxes of both in the same pixels; throws as
 * `joinImages` does.
 */
export function errorTypes(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { classAware, scoreThreshold }: ErrorTypeOptions,
): ErrorTypes {
  const all = judge(groundTruths, detections, { classAware, scoreThreshold: 0 });
  const shown = judge(groundTruths, detections, { classAware, scoreThreshold });
  const ap = meanAp(all.detections, all.boxes);
  // A gain below 0 comes from the 101 points at which precision is read.
  const cost = (fixed: Judgement) => Math.max(0, meanAp(fixed.detections, fixed.boxes) - ap);
  const hits = all.detections.filter(({ isHit }) => isHit);
  return {
    classAware,
    scoreThreshold,
    iou: HIT_IOU,
    ap,
    types: ERROR_TYPES.map((type) => ({
      type,
      count: countOf(shown, type),
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
  options: ErrorTypeOptions,
) {
  const images = joinImages(groundTruths, detections).map(({ groundTruth, detections: own }) => {
    const ranked = own.map(({ box, score, classId, classProbabilities }) => ({
      box,
      classId: options.classAware ? classId : 0,
      score: options.classAware ? score * classProbabilities[classId] : score,
      shown: score >= options.scoreThreshold,
    }));
    const kept = byFallingScore(ranked.filter(({ shown }) => shown)).slice(0, COCO_MAX_DETECTIONS);
    const classIds = groundTruth.boxes.map((_, i) =>
      options.classAware ? groundTruth.classIds[i] : 0,
    );
    return judgeImage(
      kept,
      classIds,
      overlapTable(
        kept.map(({ box }) => box),
        groundTruth.boxes,
      ),
    );
  });
  return {
    detections: images.flatMap((image) => image.detections),
    boxes: images.flatMap((image) => image.boxes),
  };
}

/** @param overlaps D rows of G, detections by falling score */
function judgeImage(
  detections: readonly { readonly classId: number; readonly score: number }[],
  classIds: readonly number[],
  overlaps: readonly (readonly number[])[],
): Judgement {
  // A box of another class overlaps nothing here.
  const sameClass = overlaps.map((row, d) =>
    row.map((iou, g) => (classIds[g] === detections[d].classId ? iou : 0)),
  );
  const matches = matchDetections(sameClass, HIT_IOU);
  const found = new Set(matches);
  const errors = detections.map(({ classId }, d) =>
    matches[d] === UNMATCHED ? errorOf(overlaps[d], classIds, classId) : null,
  );
  /**
   * For each box not found, the detection that would find it without its error: the first, which
   * is the one of highest score.
   */
  const rescuers = new Map<number, number>();
  errors.forEach((error, d) => {
    if (error?.box !== undefined && !found.has(error.box) && !rescuers.has(error.box))
      rescuers.set(error.box, d);
  });
  return {
    detections: detections.map(({ classId, score }, d): Judged => {
      const error = errors[d];
      if (!error) return { classId, score, isHit: true, error: null, fixed: null };
      const rescued = error.box !== undefined && rescuers.get(error.box) === d ? error.box : null;
      const fixed = rescued === null ? null : { classId: classIds[rescued], score, isHit: true };
      return { classId, score, isHit: false, error: error.type, fixed };
    }),
    boxes: classIds.map((classId, g) => ({
      classId,
      isFound: found.has(g),
      isMissed: !found.has(g) && !rescuers.has(g),
    })),
  };
}

/** Why a detection found no box, and the box it would have found. */
function errorOf(
  overlaps: readonly number[],
  classIds: readonly number[],
  classId: number,
): { readonly type: Exclude<ErrorType, "missed">; readonly box?: number } {
  const best = (isWanted: (g: number) => boolean) =>
    overlaps.reduce(
      (top, iou, g) => (isWanted(g) && (top < 0 || iou > overlaps[top]) ? g : top),
      -1,
    );
  const own = best((g) => classIds[g] === classId);
  const other = best((g) => classIds[g] !== classId);
  const ownIou = own < 0 ? 0 : overlaps[own];
  const otherIou = other < 0 ? 0 : overlaps[other];
  if (ownIou >= BACKGROUND_IOU && ownIou < HIT_IOU) return { type: "localization", box: own };
  if (otherIou >= HIT_IOU) return { type: "classification", box: other };
  if (ownIou >= HIT_IOU) return { type: "duplicate" };
  return { type: otherIou > BACKGROUND_IOU ? "both" : "background" };
}

function withoutErrors({ detections, boxes }: Judgement, type: ErrorType): Judgement {
  if (type === "missed") return { detections, boxes: boxes.filter(({ isMissed }) => !isMissed) };
  return {
    detections: detections.flatMap((own) => {
      if (own.error !== type) return [own];
      return own.fixed ? [{ ...own, ...own.fixed, error: null, fixed: null }] : [];
    }),
    boxes,
  };
}

function countOf({ detections, boxes }: Judgement, type: ErrorType): number {
  if (type === "missed") return boxes.filter(({ isMissed }) => isMissed).length;
  return detections.filter(({ error }) => error === type).length;
}

/** The mean over the classes that have boxes. */
function meanAp(detections: readonly Judged[], boxes: readonly JudgedBox[]): number {
  const classes = Array.from(new Set(boxes.map(({ classId }) => classId)));
  if (!classes.length) return 0;
  const aps = classes.map((classId) => {
    const ranked = byFallingScore(detections.filter((own) => own.classId === classId));
    const ranking: Ranking = {
      classId,
      iouThresholds: [HIT_IOU],
      scores: ranked.map(({ score }) => score),
      images: new Int32Array(ranked.length),
      places: new Int32Array(ranked.length),
      outcomes: [Uint8Array.from(ranked, ({ isHit }) => (isHit ? OUTCOME.hit : OUTCOME.miss))],
      boxes: Int32Array.of(boxes.filter((box) => box.classId === classId).length),
    };
    const precision = interpolatedPrecision(ranking, 0);
    return precision === NOTHING_TO_FIND ? 0 : precision;
  });
  return aps.reduce((sum, ap) => sum + ap, 0) / aps.length;
}
