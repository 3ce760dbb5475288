/**
 * What a detector finds in each patient at a score threshold. A patient has many slices, and a
 * detection in one of them can be enough.
 */
import type { ImageDetections, ImageGroundTruth } from "../types";
import { arePatientsKnown } from "../data/groups";
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
  /** Sorted by name; none if the patients are not known. */
  readonly patients: readonly PatientFinding[];
  /**
   * Share of the patients with boxes in whom at least one box is found; null when no patient has
   * boxes, or patients are not known.
   */
  readonly sensitivity: number | null;
  /** Share of the patients with boxes in whom every box of every slice is found. */
  readonly wholeSensitivity: number | null;
}

/**
 * Counts found boxes and false positives by patient, whatever the classes.
 * @param groundTruths all evaluated images
 * @param detections boxes in the same pixels as the ground truth
 * @param options score threshold and IoU
 * @param options.scoreThreshold choose it on other images, with `chooseThreshold`
 * @param options.iou a detection finds a box at this IoU or more
 * @throws as `joinImages` does
 * @example
 * const groundTruths = test.groundTruths();
 * const findings = patientFindings(groundTruths, detections, { scoreThreshold: 0.5 });
 */
export function patientFindings(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
  { scoreThreshold, iou = HIT_IOU }: { readonly scoreThreshold: number; readonly iou?: number },
): PatientFindings {
  const byPatient = new Map<string, Omit<PatientFinding, "patient">>();
  const images = arePatientsKnown(groundTruths)
    ? detectionOutcomes(groundTruths, detections, { scoreThreshold, iou })
    : [];
  for (const { groundTruth, outcomes } of images) {
    const { patient } = groundTruth;
    if (patient === null) continue;
    const before = byPatient.get(patient) ?? { images: 0, boxes: 0, found: 0, falsePositives: 0 };
    const hits = outcomes.filter(({ match }) => match !== UNMATCHED).length;
    byPatient.set(patient, {
      images: before.images + 1,
      boxes: before.boxes + groundTruth.boxes.length,
      found: before.found + hits,
      falsePositives: before.falsePositives + outcomes.length - hits,
    });
  }
  const patients = Array.from(byPatient, ([patient, counts]) => ({ patient, ...counts }));
  patients.sort((a, b) => (a.patient < b.patient ? -1 : 1));
  const withBoxes = patients.filter(({ boxes }) => boxes);
  const share = (count: number) => (withBoxes.length ? count / withBoxes.length : null);
  return {
    scoreThreshold,
    iou,
    patients,
    sensitivity: share(withBoxes.filter(({ found }) => found).length),
    wholeSensitivity: share(withBoxes.filter(({ found, boxes }) => found === boxes).length),
  };
}
