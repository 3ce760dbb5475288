/**
 * The boxes that a two-stage detector misses: why it misses each of them, and how much average
 * precision each cause costs.
 */
import { iou } from "../boxes/box";
import type { Detection, ImageBox, ImageDetections, ImageGroundTruth, Letterbox } from "../types";
import { COCO_MAX_DETECTIONS } from "./average-precision";
import {
  type BoxPath,
  type MissCause,
  MISS_CAUSES,
  missCauseOf,
  type PathRule,
  type Stage,
  STAGES,
} from "./box-path";
import { joinImages, UNMATCHED } from "./matching";
import { detectionOutcomes } from "./outcomes";
import { interpolatedPrecision, rankDetections } from "./ranking";

/** A ground-truth box and its path through the detector. */
export interface TracedBox extends BoxPath {
  readonly imageId: string;
  /** Null if the patient is not known. */
  readonly patient: string | null;
  /** Index into the ground-truth boxes of the image. */
  readonly groundTruthIndex: number;
  /** How the image was fitted into the input of the network. */
  readonly letterbox: Letterbox;
}

/** The ground-truth boxes of a data set with their paths, as `traceBoxes` returns them. */
export interface TracedBoxes {
  readonly groundTruths: readonly ImageGroundTruth[];
  readonly detections: readonly ImageDetections[];
  readonly boxes: readonly TracedBox[];
  readonly rule: PathRule;
}

export interface MissedBox extends TracedBox {
  readonly cause: MissCause;
}

export interface MissCauses {
  readonly scoreThreshold: number;
  /** A box is covered, and found, at this IoU or more. */
  readonly iou: number;
  /** The share of all boxes that each stage covers; 0 when there are no boxes. */
  readonly covered: Readonly<Record<Stage | "found", number>>;
  readonly missed: readonly MissedBox[];
  /** Number of ground-truth boxes. */
  readonly boxes: number;
  /**
   * Each cause, in the order of the stages: how many boxes it missed, and how much class-agnostic
   * AP at this IoU it costs.
   */
  readonly costs: readonly {
    readonly cause: MissCause;
    readonly name: string;
    readonly count: number;
    readonly ap: number;
  }[];
}

/**
 * The boxes that are not found at a score threshold, whatever their classes, and why each is
 * missed.
 * @param traced from `traceBoxes`
 * @param options the score threshold: detections of a lower score do not count
 * @example
 * const result = missCauses(await traceBoxes(detector, test), { scoreThreshold: 0.5 });
 * console.log(`${result.missed.length} of ${result.boxes} boxes are missed`);
 */
export function missCauses(
  traced: TracedBoxes,
  { scoreThreshold }: { readonly scoreThreshold: number },
): MissCauses {
  const { groundTruths, detections, boxes, rule } = traced;
  const found = new Set<string>();
  const key = (imageId: string, index: number) => `${index} ${imageId}`;
  const images = detectionOutcomes(groundTruths, detections, { scoreThreshold, iou: rule.iou });
  for (const { groundTruth, outcomes } of images)
    for (const { match } of outcomes)
      if (match !== UNMATCHED) found.add(key(groundTruth.imageId, match));
  const missed = boxes
    .filter(({ imageId, groundTruthIndex }) => !found.has(key(imageId, groundTruthIndex)))
    .map((box) => ({ ...box, cause: missCauseOf(box, scoreThreshold, rule) }));
  const share = (count: number) => (boxes.length ? count / boxes.length : 0);
  const covered = STAGES.map((stage) => [
    stage,
    share(boxes.filter(({ covers }) => (covers[stage]?.iou ?? 0) >= rule.iou).length),
  ]);
  const ap = precisionAt(traced, detections);
  return {
    scoreThreshold,
    iou: rule.iou,
    covered: {
      ...Object.fromEntries(covered),
      found: share(boxes.length - missed.length),
    } as MissCauses["covered"],
    missed,
    boxes: boxes.length,
    costs: (Object.keys(MISS_CAUSES) as MissCause[]).map((cause) => {
      const missedSo = missed.filter((box) => box.cause === cause);
      const cost = missedSo.length ? precisionAt(traced, asFound(traced, missedSo)) - ap : 0;
      return { cause, name: MISS_CAUSES[cause], count: missedSo.length, ap: cost };
    }),
  };
}

/** Class-agnostic average precision at the IoU of the rule; 0 when there is no box to find. */
function precisionAt(
  { groundTruths, rule }: TracedBoxes,
  detections: readonly ImageDetections[],
): number {
  const ranking = rankDetections(joinImages(groundTruths, detections), {
    classId: null,
    iouThresholds: [rule.iou],
    maxDetections: COCO_MAX_DETECTIONS,
  });
  return interpolatedPrecision(ranking, 0) ?? 0;
}

/**
 * The detections as if some missed boxes had been found: each of them is detected exactly and
 * before all others. The detections that hit only these boxes now are left out.
 */
function asFound(
  { groundTruths, detections, rule }: TracedBoxes,
  missed: readonly MissedBox[],
): ImageDetections[] {
  const byImage = new Map(groundTruths.map((groundTruth) => [groundTruth.imageId, groundTruth]));
  return detections.map((image) => {
    const { imageId } = image;
    const groundTruth = byImage.get(imageId)!;
    const indices = missed
      .filter((box) => box.imageId === imageId)
      .map(({ groundTruthIndex }) => groundTruthIndex);
    if (!indices.length) return image;
    const [missedBoxes, otherBoxes] = [true, false].map((isMissed) =>
      groundTruth.boxes.filter((_, index) => indices.includes(index) === isMissed),
    );
    const remaining = image.detections.filter(({ box }) => {
      const hits = (other: ImageBox) => iou(box, other) >= rule.iou;
      return !missedBoxes.some(hits) || otherBoxes.some(hits);
    });
    const ideal = indices.map((index): Detection => {
      const classId = groundTruth.classIds[index];
      const classProbabilities =
        image.detections[0]?.classProbabilities.map((_, c) => Number(c === classId)) ?? [];
      return { box: groundTruth.boxes[index], score: 1, classId, classProbabilities };
    });
    return { imageId, detections: [...ideal, ...remaining] };
  });
}
