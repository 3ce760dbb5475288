/** Whether patients of the images judged were trained on: the first thing to ask of any figure. */
import type { Dataset } from "./dataset";

export interface PatientOverlap {
  /** `known` when every training image is in the data set, so that its patient is known. */
  readonly kind: "known" | "unknown";
  /** Patients on both sides, as far as known. */
  readonly patients: readonly string[];
  /** For people to read; stands beside every headline figure. */
  readonly text: string;
}

/** @param trainedIds ids of the images a detector was trained on */
export function patientOverlap(
  dataset: Dataset,
  part: Dataset,
  trainedIds: readonly string[],
): PatientOverlap {
  const patientOf = new Map(dataset.images.map(({ id, patient }) => [id, patient]));
  const trained = new Set(trainedIds.map((id) => patientOf.get(id)));
  const patients = part.patients.filter((patient) => trained.has(patient));
  if (patients.length) {
    const names = patients.slice(0, 5).join(", ") + (patients.length > 5 ? " …" : "");
    return {
      kind: "known",
      patients,
      text: `${patients.length} of these patients were trained on (${names}): figures are too good`,
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
