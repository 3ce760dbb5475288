/**
 * Finds labels that may be wrong: where a detector that was not trained on an image confidently
 * disagrees with its labels. These are candidates only: a detector can be confidently wrong, so
 * that a person has to decide. The method follows confident learning (Northcutt, Jiang and Chuang
 * 2021), which compares out-of-sample probabilities with given labels; here it is applied to boxes.
 */
import type { Detection, ImageDetections, ImageGroundTruth } from "../types";
import { TIGHT_IOU } from "./worst-images";
import { LOOSE_IOU } from "./froc";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, type ImageOutcomes, type Outcome } from "./outcomes";

/** What may be wrong with a label, and its name in reports. */
export const LABEL_DOUBTS = {
  missing: "label missing?",
  unfound: "box without a tumor?",
  otherClass: "other class?",
  loose: "box misplaced?",
} as const;
export type LabelDoubt = keyof typeof LABEL_DOUBTS;

export interface LabelCandidate {
  readonly doubt: LabelDoubt;
  readonly imageId: string;
  /** Null if the patient is not known. */
  readonly patient: string | null;
  /** Index into the ground-truth boxes of the image; null for a missing label. */
  readonly groundTruthIndex: number | null;
  /** The detection that disagrees; null when no detection overlaps the box. */
  readonly detection: Detection | null;
  /** IoU of the box and the detection; 0 when one of them is missing. */
  readonly iou: number;
  /** In [0, 1]; see `labelCandidates`. */
  readonly suspicion: number;
  /** A few words for people to read. */
  readonly reason: string;
}

export interface LabelCandidates {
  readonly scoreThreshold: number;
  readonly images: number;
  readonly boxes: number;
  /** Most suspicious first, then by image id. */
  readonly candidates: readonly LabelCandidate[];
  /** A summary for people to read. */
  readonly text: string;
}

/**
 * Finds candidates for wrong labels. Each box is matched to the free detection of highest score
 * whose IoU with it is 0.1 or more. The suspicion of a candidate is
 * - `missing`: the score of a confident detection that overlaps no box this much;
 * - `unfound`: 1 - the score of the detection of the box, which is below the threshold; 1 when the
 *   box has no detection at any score;
 * - `otherClass`: score * (probability of the other class - probability of the label), when the
 *   other class is at least as probable as it is on average on the boxes with that label (the
 *   threshold of confident learning, section 3.1);
 * - `loose`: score * (1 - IoU), when the IoU is below 0.75.
 * @param groundTruths all images whose labels are checked
 * @param detections of detectors that were trained neither on the image nor on its patient: from a
 * cross-validation, or of a test split. Boxes in the same pixels as the ground truth
 * @param options the score threshold
 * @param options.scoreThreshold a detection of this score or more is confident
 * @throws as `joinImages` does
 * @example
 * const { candidates } = labelCandidates(test.groundTruths(), detections, { scoreThreshold: 0.5 });
 */
export function labelCandidates(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold }: { readonly scoreThreshold: number },
): LabelCandidates {
  const images = detectionOutcomes(groundTruths, detections, { iou: LOOSE_IOU });
  const usual = usualProbability(images, scoreThreshold);
  const candidates = images
    .flatMap((image) => [
      ...missing(image, scoreThreshold),
      ...doubtedBoxes(image, scoreThreshold, usual),
    ])
    .sort(
      (a, b) =>
        b.suspicion - a.suspicion || (a.imageId < b.imageId ? -1 : Number(a.imageId > b.imageId)),
    );
  const boxes = groundTruths.reduce((sum, groundTruth) => sum + groundTruth.boxes.length, 0);
  const counts = (Object.keys(LABEL_DOUBTS) as LabelDoubt[]).map(
    (doubt) =>
      `${candidates.filter((candidate) => candidate.doubt === doubt).length} ${LABEL_DOUBTS[doubt]}`,
  );
  const text =
    `${candidates.length} candidates for wrong labels among ${boxes} boxes of ${groundTruths.length} images ` +
    `(scores from ${scoreThreshold.toFixed(2)}): ${counts.join(", ")} Candidates only: the detector may be wrong, too.`;
  return { scoreThreshold, images: groundTruths.length, boxes, candidates, text };
}

/**
 * For each class, its mean probability on the confidently found boxes with this label; infinite
 * when there are no such boxes.
 */
function usualProbability(
  images: readonly ImageOutcomes[],
  scoreThreshold: number,
): (classId: number) => number {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { groundTruth, outcomes } of images) {
    for (const { match, detection } of outcomes) {
      if (match === UNMATCHED || detection.score < scoreThreshold) continue;
      const label = groundTruth.classIds[match];
      const { sum, count } = sums.get(label) ?? { sum: 0, count: 0 };
      sums.set(label, { sum: sum + detection.classProbabilities[label], count: count + 1 });
    }
  }
  return (classId) => {
    const total = sums.get(classId);
    return total ? total.sum / total.count : Infinity;
  };
}

/** Confident detections that overlap no box. */
function missing(
  { groundTruth, outcomes }: ImageOutcomes,
  scoreThreshold: number,
): LabelCandidate[] {
  return outcomes
    .filter(
      ({ match, iou, detection }) =>
        match === UNMATCHED && iou < LOOSE_IOU && detection.score >= scoreThreshold,
    )
    .map(({ detection, iou }) => {
      const reason = `found with score ${detection.score.toFixed(2)}, but there is no labeled box`;
      return candidate(groundTruth, "missing", {
        groundTruthIndex: null,
        detection,
        iou,
        suspicion: detection.score,
        reason,
      });
    });
}

/** Boxes that are not found, have another class, or lie elsewhere. */
function doubtedBoxes(
  { groundTruth, outcomes }: ImageOutcomes,
  scoreThreshold: number,
  usual: (classId: number) => number,
): LabelCandidate[] {
  return groundTruth.boxes.flatMap((_, groundTruthIndex) => {
    const best = outcomes.find(({ match }) => match === groundTruthIndex);
    if (!best || best.detection.score < scoreThreshold)
      return [unfound(groundTruth, groundTruthIndex, best)];
    const { detection, iou } = best;
    const { score, classId, classProbabilities } = detection;
    const label = groundTruth.classIds[groundTruthIndex];
    const doubts: LabelCandidate[] = [];
    if (classId !== label && classProbabilities[classId] >= usual(classId)) {
      const suspicion = score * (classProbabilities[classId] - classProbabilities[label]);
      const reason = `class probability ${classProbabilities[classId].toFixed(2)} against the label's ${classProbabilities[label].toFixed(2)}`;
      doubts.push(
        candidate(groundTruth, "otherClass", {
          groundTruthIndex,
          detection,
          iou,
          suspicion,
          reason,
        }),
      );
    }
    if (iou < TIGHT_IOU) {
      const reason = `found with score ${score.toFixed(2)}, but IoU ${iou.toFixed(2)}`;
      doubts.push(
        candidate(groundTruth, "loose", {
          groundTruthIndex,
          detection,
          iou,
          suspicion: score * (1 - iou),
          reason,
        }),
      );
    }
    return doubts;
  });
}

/** @param best the detection of the box, which has a low score; undefined when there is none */
function unfound(
  groundTruth: ImageGroundTruth,
  groundTruthIndex: number,
  best: Outcome | undefined,
): LabelCandidate {
  if (!best) {
    const reason = "no detection overlaps the box, at any score";
    return candidate(groundTruth, "unfound", {
      groundTruthIndex,
      detection: null,
      iou: 0,
      suspicion: 1,
      reason,
    });
  }
  const { detection, iou } = best;
  const reason = `the best score on the box is ${detection.score.toFixed(2)}`;
  return candidate(groundTruth, "unfound", {
    groundTruthIndex,
    detection,
    iou,
    suspicion: 1 - detection.score,
    reason,
  });
}

function candidate(
  { imageId, patient }: ImageGroundTruth,
  doubt: LabelDoubt,
  rest: Omit<LabelCandidate, "doubt" | "imageId" | "patient">,
): LabelCandidate {
  return { doubt, imageId, patient, ...rest };
}
