/**
 * The boxes a two-stage detector did not find, with the stage that lost each, and what each stage
 * costs.
 */
import { iou } from "../boxes/box";
import type { Box, Detection, ImageDetections, ImageGroundTruth, Letterbox } from "../types";
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

/** A tumor's box and its way through the detector. */
export interface TracedBox extends BoxPath {
  readonly imageId: string;
  readonly patient: string;
  /** Index into the image's truth boxes. */
  readonly groundTruthIndex: number;
  /** How the image was fitted into the network's input. */
  readonly letterbox: Letterbox;
}

export interface TracedBoxes {
  readonly groundTruths: readonly ImageGroundTruth[];
  readonly detections: readonly ImageDetections[];
  readonly boxes: readonly TracedBox[];
  readonly rule: PathRule;
}

export interface MissedBox extends TracedBox {
  readonly loss: MissCause;
}

export interface MissCauses {
  readonly scoreThreshold: number;
  /** From this IoU on a box is covered, and found. */
  readonly iou: number;
  /** Of all boxes: by stage the share that it covers; 0 where there are no boxes. */
  readonly covered: Readonly<Record<Stage | "found", number>>;
  readonly lost: readonly MissedBox[];
  readonly boxes: number;
  /**
   * What lost boxes, in the order of the stages: how many, and what they cost of the
   * class-agnostic AP at this IoU.
   */
  readonly costs: readonly {
    readonly loss: MissCause;
    readonly name: string;
    readonly count: number;
    readonly ap: number;
  }[];
}

/**
 * Which boxes were not found at a score threshold, whatever their class, and where each was lost.
 */
export function missCauses(
  { groundTruths, detections, boxes, rule }: TracedBoxes,
  { scoreThreshold }: { readonly scoreThreshold: number },
): MissCauses {
  const found = new Set<string>();
  const key = (imageId: string, index: number) => `${index} ${imageId}`;
  for (const { groundTruth, outcomes } of detectionOutcomes(groundTruths, detections, {
    scoreThreshold,
    iou: rule.iou,
  })) {
    for (const { match } of outcomes)
      if (match !== UNMATCHED) found.add(key(groundTruth.imageId, match));
  }
  const lost = boxes
    .filter(({ imageId, groundTruthIndex }) => !found.has(key(imageId, groundTruthIndex)))
    .map((box) => ({ ...box, loss: missCauseOf(box, scoreThreshold, rule) }));
  const share = (count: number) => (boxes.length ? count / boxes.length : 0);
  const covered = STAGES.map((stage) => [
    stage,
    share(boxes.filter(({ covers }) => (covers[stage]?.iou ?? 0) >= rule.iou).length),
  ]);
  const ap = precisionAt(groundTruths, detections, rule.iou);
  return {
    scoreThreshold,
    iou: rule.iou,
    covered: {
      ...Object.fromEntries(covered),
      found: share(boxes.length - lost.length),
    } as MissCauses["covered"],
    lost,
    boxes: boxes.length,
    costs: (Object.keys(MISS_CAUSES) as MissCause[]).map((loss) => {
      const own = lost.filter((box) => box.loss === loss);
      const cost = own.length
        ? precisionAt(groundTruths, asFound(groundTruths, detections, own, rule.iou), rule.iou) - ap
        : 0;
      return { loss, name: MISS_CAUSES[loss], count: own.length, ap: cost };
    }),
  };
}

/** Class-agnostic average precision at one IoU. */
function precisionAt(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  hitIou: number,
): number {
  const rule = { classId: null, iouThresholds: [hitIou], maxDetections: COCO_MAX_DETECTIONS };
  return interpolatedPrecision(rankDetections(joinImages(groundTruths, detections), rule), 0);
}

/**
 * The detections had these boxes been found: each is detected exactly and before all others, in
 * place of what hits it now.
 */
function asFound(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  lost: readonly MissedBox[],
  hitIou: number,
): ImageDetections[] {
  const byImage = new Map(groundTruths.map((groundTruth) => [groundTruth.imageId, groundTruth]));
  return detections.map(({ imageId, detections: own }) => {
    const groundTruth = byImage.get(imageId)!;
    const indices = lost
      .filter((box) => box.imageId === imageId)
      .map(({ groundTruthIndex }) => groundTruthIndex);
    if (!indices.length) return { imageId, detections: own };
    const boxes = indices.map((index) => groundTruth.boxes[index]);
    const kept = own.filter(
      (detection) => !isOnlyOn(detection.box, boxes, groundTruth.boxes, hitIou),
    );
    const ideal = indices.map((index): Detection => {
      const classId = groundTruth.classIds[index];
      const classProbabilities =
        own[0]?.classProbabilities.map((_, c) => Number(c === classId)) ?? [];
      return { box: groundTruth.boxes[index], score: 1, classId, classProbabilities };
    });
    return { imageId, detections: [...ideal, ...kept] };
  });
}

/** Whether a detection hits one of the lost boxes, and none of the others. */
function isOnlyOn(box: Box, lost: readonly Box[], all: readonly Box[], hitIou: number): boolean {
  const hits = (other: Box) => iou(box, other) >= hitIou;
  return lost.some(hits) && !all.some((other) => !lost.includes(other) && hits(other));
}
