/**
 * Labels to look at again: where a detector that never saw an image is confident of something else
 * than its labels say. These are candidates; a detector can be confidently wrong, so only a reader
 * decides. After confident learning (Northcutt, Jiang and Chuang 2021), which compares
 * out-of-sample probabilities with given labels; here carried over from classes to boxes.
 */
import type { Detection, ImageDetections, ImageGroundTruth } from "../types";
import { TIGHT_IOU } from "./worst-images";
import { LOOSE_IOU } from "./froc";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, type ImageOutcomes, type Outcome } from "./outcomes";

/** What may be wrong, and how it is said. */
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
  readonly patient: string;
  /** Index into the image's truth boxes; null for a missing label. */
  readonly groundTruthIndex: number | null;
  /** The detection that disagrees; null where nothing overlaps the box. */
  readonly detection: Detection | null;
  /** Of the box and the detection; 0 without both. */
  readonly iou: number;
  /** In [0, 1]; see `labelCandidates`. */
  readonly suspicion: number;
  /** In a few words, for people to read. */
  readonly reason: string;
}

export interface LabelCandidates {
  readonly scoreThreshold: number;
  readonly images: number;
  readonly boxes: number;
  /** Most suspicious first, then by image id. */
  readonly candidates: readonly LabelCandidate[];
  /** For people to read. */
  readonly text: string;
}

/**
 * Candidates for wrong labels. Every box is given the most confident free detection that overlaps
 * it by IoU 0.1 or more. Suspicion is
 * - `missing`: the score of a detection that overlaps no box by as much;
 * - `unfound`: 1 - the score of the box's detection, which is below the threshold, or 1 where there
 *   is none at any score;
 * - `otherClass`: score * (probability of the other class - that of the label), where the other
 *   class is at least as probable as it is on average on the boxes labeled so (the threshold of
 *   confident learning, section 3.1);
 * - `loose`: score * (1 - IoU), where IoU is below 0.75.
 * @param detections by detectors that were not trained on the image or on its patient: of a
 * cross-validation, or of a test split
 * @param options.scoreThreshold from this score on a detection is confident
 * @throws as `joinImages` does
 */
export function labelCandidates(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold }: { readonly scoreThreshold: number },
): LabelCandidates {
  const images = detectionOutcomes(groundTruths, detections, { iou: LOOSE_IOU });
  const usual = usualConfidence(images, scoreThreshold);
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
    `(scores from ${scoreThreshold.toFixed(2)}): ${counts.join(", ")} Candidates only: the detector may be the one who is wrong.`;
  return { scoreThreshold, images: groundTruths.length, boxes, candidates, text };
}

/**
 * By class, the mean probability of that class on the confidently found boxes labeled so; infinite
 * where there is none.
 */
function usualConfidence(
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
    const own = sums.get(classId);
    return own ? own.sum / own.count : Infinity;
  };
}

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
      const reason = `found with score ${detection.score.toFixed(2)}, where no box is labeled`;
      return candidate(groundTruth, "missing", {
        groundTruthIndex: null,
        detection,
        iou,
        suspicion: detection.score,
        reason,
      });
    });
}

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

function unfound(
  groundTruth: ImageGroundTruth,
  groundTruthIndex: number,
  best: Outcome | undefined,
): LabelCandidate {
  if (!best) {
    const reason = "nothing overlaps the box at any score";
    return candidate(groundTruth, "unfound", {
      groundTruthIndex,
      detection: null,
      iou: 0,
      suspicion: 1,
      reason,
    });
  }
  const { detection, iou } = best;
  const reason = `best score on the box is ${detection.score.toFixed(2)}`;
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
