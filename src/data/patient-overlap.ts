/** Whether a detector is evaluated on patients that it was trained on. */
import type { Dataset } from "./dataset";

/** Patients that a text names. */
const MAX_NAMES = 5;

/** Which patients were both trained on and evaluated. */
export interface PatientOverlap {
  /**
   * `known` if patients were found on both sides, or if every training image is in the data set, so
   * that its patient is known.
   */
  readonly kind: "known" | "unknown";
  /** The patients on both sides that were found. */
  readonly patients: readonly string[];
  /** For people to read, beside the metrics. */
  readonly text: string;
}

/**
 * Compares the patients of the images that are evaluated with those of the training images.
 * @param dataset all images whose patients are known
 * @param part the images that are evaluated
 * @param trainedIds ids of the images that the detector was trained on
 */
export function patientOverlap(
  dataset: Dataset,
  part: Dataset,
  trainedIds: readonly string[],
): PatientOverlap {
  const patientOf = new Map(dataset.images.map(({ id, patient }) => [id, patient]));
  const trained = new Set(trainedIds.map((id) => patientOf.get(id)));
  const patients = part.patients.filter((patient) => trained.has(patient));
  if (patients.length) {
    const names =
      patients.slice(0, MAX_NAMES).join(", ") + (patients.length > MAX_NAMES ? " …" : "");
    return {
      kind: "known",
      patients,
      text: `${patients.length} of these patients were trained on (${names}): the metrics are too good`,
    };
  }
  if (trained.has(undefined))
    return {
      kind: "unknown",
      patients,
      text: "patient overlap unknown: trained on images of another data set",
    };
  return { kind: "known", patients, text: "none of these patients was trained on" };
}
