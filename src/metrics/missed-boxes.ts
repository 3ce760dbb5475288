/** The boxes a two-stage detector did not find, with the stage that lost each, and what each stage costs. */
import { iou } from "../boxes/box";
import type { Dataset } from "../data/dataset";
import type { Detector } from "../detectors/detector";
import type { Box, Detection, ImageDetections, ImageTruth, Letterbox } from "../types";
import { COCO_MAX_DETECTIONS } from "./average-precision";
import { type BoxPath, boxPath, type Loss, LOSSES, lossOf, type PathRule, type Stage, STAGES } from "./box-path";
import { toOriginalDetections } from "../inference/detect-dataset";
import { joinImages, UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";
import { interpolatedPrecision, rankDetections } from "./ranking";
import { traceDataset, twoStage } from "../inference/trace-dataset";

/** A tumor's box and its way through the detector. */
export interface TracedBox extends BoxPath {
  readonly imageId: string;
  readonly patient: string;
  /** Index into the image's truth boxes. */
  readonly truthIndex: number;
  /** How the image was fitted into the network's input. */
  readonly letterbox: Letterbox;
}

export interface TracedBoxes {
  readonly truths: readonly ImageTruth[];
  readonly detections: readonly ImageDetections[];
  readonly boxes: readonly TracedBox[];
  readonly rule: PathRule;
}

export interface LostBox extends TracedBox {
  readonly loss: Loss;
}

export interface StageLosses {
  readonly scoreThreshold: number;
  /** From this IoU on a box is covered, and found. */
  readonly iou: number;
  /** Of all boxes: by stage the share that it covers; 0 where there are no boxes. */
  readonly covered: Readonly<Record<Stage | "found", number>>;
  readonly lost: readonly LostBox[];
  readonly boxes: number;
  /** What lost boxes, in the order of the stages: how many, and what they cost of the class-agnostic AP at this IoU. */
  readonly costs: readonly {
    readonly loss: Loss;
    readonly name: string;
    readonly count: number;
    readonly ap: number;
  }[];
}

/**
 * Runs a detector over a data set and follows every box of the truth through its stages.
 * @param options.iou from which on a box is covered, and found: the higher, the more is asked of the boxes' edges
 * @throws for a detector that does not have them
 */
export async function traceBoxes(detector: Detector, dataset: Dataset, { iou = HIT_IOU } = {}): Promise<TracedBoxes> {
  const whole = twoStage(detector);
  const detections: ImageDetections[] = [];
  const boxes: TracedBox[] = [];
  const rule: PathRule = { iou, nearIou: whole.config.rpn.negativeIou };
  for await (const { sample, trace } of traceDataset(whole, dataset)) {
    const { record, letterbox } = sample;
    const { id: imageId, patient } = record;
    detections.push({ imageId, detections: toOriginalDetections(trace.detections, letterbox, record) });
    sample.boxes.forEach((box, truthIndex) => {
      const path = boxPath(trace, whole.anchors, box, rule);
      boxes.push({ imageId, patient, truthIndex, letterbox, ...path });
    });
  }
  return { truths: dataset.truths(), detections, boxes, rule };
}

/** Which boxes were not found at a score threshold, whatever their class, and where each was lost. */
export function stageLosses(
  { truths, detections, boxes, rule }: TracedBoxes,
  { scoreThreshold }: { readonly scoreThreshold: number },
): StageLosses {
  const found = new Set<string>();
  const key = (imageId: string, index: number) => `${index} ${imageId}`;
  for (const { truth, outcomes } of detectionOutcomes(truths, detections, { scoreThreshold, iou: rule.iou })) {
    for (const { match } of outcomes) if (match !== UNMATCHED) found.add(key(truth.imageId, match));
  }
  const lost = boxes
    .filter(({ imageId, truthIndex }) => !found.has(key(imageId, truthIndex)))
    .map((box) => ({ ...box, loss: lossOf(box, scoreThreshold, rule) }));
  const share = (count: number) => (boxes.length ? count / boxes.length : 0);
  const covered = STAGES.map((stage) => [stage, share(boxes.filter(({ covers }) => (covers[stage]?.iou ?? 0) >= rule.iou).length)]); // prettier-ignore
  const ap = precisionAt(truths, detections, rule.iou);
  return {
    scoreThreshold,
    iou: rule.iou,
    covered: { ...Object.fromEntries(covered), found: share(boxes.length - lost.length) } as StageLosses["covered"],
    lost,
    boxes: boxes.length,
    costs: (Object.keys(LOSSES) as Loss[]).map((loss) => {
      const own = lost.filter((box) => box.loss === loss);
      const cost = own.length ? precisionAt(truths, asFound(truths, detections, own, rule.iou), rule.iou) - ap : 0;
      return { loss, name: LOSSES[loss], count: own.length, ap: cost };
    }),
  };
}

/** Class-agnostic average precision at one IoU. */
function precisionAt(truths: readonly ImageTruth[], detections: readonly ImageDetections[], hitIou: number): number {
  const rule = { classId: null, iouThresholds: [hitIou], maxDetections: COCO_MAX_DETECTIONS };
  return interpolatedPrecision(rankDetections(joinImages(truths, detections), rule), 0);
}

/** The detections had these boxes been found: each is detected exactly and before all others, in place of what hits it now. */
function asFound(
  truths: readonly ImageTruth[],
  detections: readonly ImageDetections[],
  lost: readonly LostBox[],
  hitIou: number,
): ImageDetections[] {
  const byImage = new Map(truths.map((truth) => [truth.imageId, truth]));
  return detections.map(({ imageId, detections: own }) => {
    const truth = byImage.get(imageId)!;
    const indices = lost.filter((box) => box.imageId === imageId).map(({ truthIndex }) => truthIndex);
    if (!indices.length) return { imageId, detections: own };
    const boxes = indices.map((index) => truth.boxes[index]);
    const kept = own.filter((detection) => !isOnlyOn(detection.box, boxes, truth.boxes, hitIou));
    const ideal = indices.map((index): Detection => {
      const classId = truth.classIds[index];
      const classProbabilities = own[0]?.classProbabilities.map((_, c) => Number(c === classId)) ?? [];
      return { box: truth.boxes[index], score: 1, classId, classProbabilities };
    });
    return { imageId, detections: [...ideal, ...kept] };
  });
}

/** Whether a detection hits one of the lost boxes, and none of the others. */
function isOnlyOn(box: Box, lost: readonly Box[], all: readonly Box[], hitIou: number): boolean {
  const hits = (other: Box) => iou(box, other) >= hitIou;
  return lost.some(hits) && !all.some((other) => !lost.includes(other) && hits(other));
}
