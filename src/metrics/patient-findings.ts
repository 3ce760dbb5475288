/**
 * What a detector finds in each patient at a score threshold: a patient has many slices, and one
 * good look can be enough.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { UNMATCHED } from "./matching";
import { detectionOutcomes, HIT_IOU } from "./outcomes";

export interface PatientFinding {
  readonly patient: string;
  readonly images: number;
  readonly boxes: number;
  /** Boxes that a detection found. */
  readonly found: number;
  readonly falsePositives: number;
}

export interface PatientFindings {
  readonly scoreThreshold: number;
  /** IoU of a hit. */
  readonly iou: number;
  /** By name. */
  readonly patients: readonly PatientFinding[];
  /**
   * Part of the patients with boxes in whom at least one box was found; null where no patient has
   * a box.
   */
  readonly sensitivity: number | null;
  /** Part of the patients with boxes in whom every box of every slice was found. */
  readonly wholeSensitivity: number | null;
}

/**
 * Classes do not count. Choose the threshold on other images, with `chooseThreshold`. Throws as
 * `joinImages` does.
 */
export function patientFindings(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold, iou = HIT_IOU }: { readonly scoreThreshold: number; readonly iou?: number },
): PatientFindings {
  const byPatient = new Map<
    string,
    { images: number; boxes: number; found: number; falsePositives: number }
  >();
  for (const { groundTruth, outcomes } of detectionOutcomes(groundTruths, detections, {
    scoreThreshold,
    iou,
  })) {
    const own = byPatient.get(groundTruth.patient) ?? {
      images: 0,
      boxes: 0,
      found: 0,
      falsePositives: 0,
    };
    const hits = outcomes.filter(({ match }) => match !== UNMATCHED).length;
    byPatient.set(groundTruth.patient, {
      images: own.images + 1,
      boxes: own.boxes + groundTruth.boxes.length,
      found: own.found + hits,
      falsePositives: own.falsePositives + outcomes.length - hits,
    });
  }
  const patients = Array.from(byPatient, ([patient, own]) => ({ patient, ...own }));
  patients.sort((a, b) => (a.patient < b.patient ? -1 : 1));
  const ill = patients.filter(({ boxes }) => boxes);
  const part = (count: number) => (ill.length ? count / ill.length : null);
  return {
    scoreThreshold,
    iou,
    patients,
    sensitivity: part(ill.filter(({ found }) => found).length),
    wholeSensitivity: part(ill.filter(({ found, boxes }) => found === boxes).length),
  };
}
