/**
 * Where a two-stage detector lost a box: how well each stage still covered it, and the last that
 * did. A detector's figures say how many boxes it misses; this says which part to work on.
 */
import { boxAt, boxCount, iouMatrix } from "../boxes/box";
import { type DetectionTrace, refinedBoxes } from "../detectors/faster-rcnn/detection-trace";
import type { NetworkBox, NetworkBoxes } from "../types";

/** What a box passes on its way, in order. */
export const STAGES = [
  "anchors",
  "candidates",
  "proposals",
  "refined boxes",
  "detections",
] as const;
export type Stage = (typeof STAGES)[number];

/** What can lose a box, in the order of the stages. */
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

/** A stage's box that covers a tumor best. */
export interface Cover {
  /** Pixels of the network's input. */
  readonly box: NetworkBox;
  readonly iou: number;
  /**
   * Objectness for anchors, candidates and proposals; foreground for refined boxes; the final
   * score for detections.
   */
  readonly score: number;
}

/** When a stage has a box. */
export interface PathRule {
  /** From this IoU on a stage's box covers the tumor, and a detection hits it. */
  readonly iou: number;
  /**
   * Anchors from this IoU on are near: those below it the training teaches to be background
   * (`rpn.negativeIou`).
   */
  readonly nearIou: number;
}

export interface BoxPath {
  /** The tumor's box in pixels of the network's input. */
  readonly groundTruth: NetworkBox;
  /** By stage the best cover; null where the stage has no box at all. */
  readonly covers: Readonly<Record<Stage, Cover | null>>;
  /** The highest foreground score of a refined box that hits the tumor; null where none does. */
  readonly hitScore: number | null;
  /** Whether an anchor near it was among the candidates, however its box came out. */
  readonly hasNearCandidate: boolean;
}

export interface BoxPathInput {
  /** Of the image. */
  readonly trace: DetectionTrace;
  /** `[A, 4]`, the detector's. */
  readonly anchors: NetworkBoxes;
  /** The tumor's box. */
  readonly groundTruth: NetworkBox;
  readonly rule: PathRule;
}

/** The path of one tumor through the stages of the detector. */
export function boxPath({ trace, anchors, groundTruth, rule }: BoxPathInput): BoxPath {
  const target = Float32Array.from(groundTruth);
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
 * What lost a box that was not found: what comes after the last stage that covered it. A stage may
 * cover again what an earlier one did not, which is why the search is from the end.
 * @param scoreThreshold at which it was not found
 * @param rule the path's
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
