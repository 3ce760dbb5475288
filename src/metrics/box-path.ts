/**
 * Follows one ground-truth box through the stages of a two-stage detector: how well each stage
 * covers it, and why it is missed. Metrics say how many boxes a detector misses; this says which
 * part of the detector misses them.
 */
import { boxAt, boxCount, iouMatrix } from "../boxes/box";
import { type DetectionTrace, refinedBoxes } from "../detectors/faster-rcnn/detection-trace";
import type { NetworkBox, NetworkBoxes } from "../types";

/** The stages of a detector, in order. */
export const STAGES = [
  "anchors",
  "candidates",
  "proposals",
  "refined boxes",
  "detections",
] as const;
export type Stage = (typeof STAGES)[number];

/** Why a box can be missed, in the order of the stages. */
export const MISS_CAUSES = {
  anchors: "no anchor near it",
  objectness: "anchor scored low by the RPN",
  rpnBoxes: "moved away by the RPN",
  proposals: "dropped by the proposals' NMS",
  headBoxes: "moved away by the head",
  foreground: "rejected by the head",
  finalNms: "dropped by the final NMS",
} as const;
export type MissCause = keyof typeof MISS_CAUSES;

/** The box of a stage that covers a tumor best. */
export interface Cover {
  readonly box: NetworkBox;
  readonly iou: number;
  /**
   * Objectness of anchors, candidates and proposals; foreground score of refined boxes; final score
   * of detections.
   */
  readonly score: number;
}

/** When a box counts as covered. */
export interface PathRule {
  /** The box of a stage covers the tumor, and a detection hits it, at this IoU or more. */
  readonly iou: number;
  /**
   * An anchor is near the tumor at this IoU or more. Training treats anchors below it as background
   * (`rpn.negativeIou`).
   */
  readonly nearIou: number;
}

export interface BoxPath {
  readonly groundTruth: NetworkBox;
  /** The best cover of each stage; null when the stage has no box. */
  readonly covers: Readonly<Record<Stage, Cover | null>>;
  /** The highest foreground score of a refined box that hits the tumor; null when none hits it. */
  readonly hitScore: number | null;
  /** Whether an anchor near the tumor became a candidate, wherever the RPN moved its box. */
  readonly hasNearCandidate: boolean;
}

export interface BoxPathInput {
  /** The trace of the image. */
  readonly trace: DetectionTrace;
  /** `[A, 4]`: the anchors of the detector. */
  readonly anchors: NetworkBoxes;
  readonly groundTruth: NetworkBox;
  readonly rule: PathRule;
}

/**
 * Follows one ground-truth box through the stages of a detector. All boxes are in pixels of the
 * network's input.
 */
export function boxPath({ trace, anchors, groundTruth, rule }: BoxPathInput): BoxPath {
  const target: NetworkBoxes = Float32Array.from(groundTruth);
  const cover = (
    boxes: NetworkBoxes,
    scores: ArrayLike<number>,
    scoreOf = (i: number) => scores[i],
  ): Cover | null => {
    if (!boxCount(boxes)) return null;
    const overlaps = iouMatrix(boxes, target);
    const best = overlaps.reduce((top, overlap, i) => (overlap > overlaps[top] ? i : top), 0);
    return { box: boxAt(boxes, best), iou: overlaps[best], score: scoreOf(best) };
  };
  const refined = refinedBoxes(trace);
  const hits = iouMatrix(refined, target);
  const scores = Array.from(trace.foreground).filter((_, i) => hits[i] >= rule.iou);
  const anchorIou = iouMatrix(anchors, target);
  const found = Float32Array.from(trace.detections.flatMap(({ box }) => [...box]));
  return {
    groundTruth,
    covers: {
      anchors: cover(anchors, trace.objectness, (i) => 1 / (1 + Math.exp(-trace.objectness[i]))),
      candidates: cover(trace.candidates, trace.candidateScores),
      proposals: cover(trace.proposals, trace.proposalScores),
      "refined boxes": cover(refined, trace.foreground),
      detections: cover(
        found,
        trace.detections.map(({ score }) => score),
      ),
    },
    hitScore: scores.length ? Math.max(...scores) : null,
    hasNearCandidate: trace.candidateAnchors.some((anchor) => anchorIou[anchor] >= rule.nearIou),
  };
}

/**
 * Why a box is missed: the step after the last stage that covers it. A stage can cover a box that
 * an earlier stage did not, so the search starts at the last stage.
 * @param scoreThreshold the threshold at which no detection found the box
 * @param rule the rule that the path was made with
 */
export function missCauseOf(
  path: BoxPath,
  scoreThreshold: number,
  { iou, nearIou }: PathRule,
): MissCause {
  const covered = (stage: Stage) => (path.covers[stage]?.iou ?? 0) >= iou;
  if (path.hitScore !== null) return path.hitScore >= scoreThreshold ? "finalNms" : "foreground";
  if (covered("proposals")) return "headBoxes";
  if (covered("candidates")) return "proposals";
  if (path.hasNearCandidate) return "rpnBoxes";
  return (path.covers.anchors?.iou ?? 0) >= nearIou ? "objectness" : "anchors";
}
