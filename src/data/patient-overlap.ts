/** Whether a detector is evaluated on images or patients that it was trained on. */
import type { Dataset } from "./dataset";
import { PATIENTS_UNKNOWN } from "./patients/assign-patients";
import type { RunImages } from "./run-images";

/** Patients that a text names. */
const MAX_NAMES = 5;

/** Which images and patients were both trained on and evaluated. */
export interface PatientOverlap {
  /**
   * `known` if the patients of all training images and of all evaluated images are known, or if
   * something that was trained on is evaluated. Patients of another data set are not known, even if
   * they have the same names.
   */
  readonly kind: "known" | "unknown";
  /** The patients on both sides that were found. */
  readonly patients: readonly string[];
  /**
   * Number of evaluated images that were trained on; null if the run does not record its images.
   */
  readonly images: number | null;
  /** For people to read, beside the metrics. */
  readonly text: string;
}

/**
 * Compares the images that are evaluated, and their patients, with the training images of a run.
 * @param dataset the data set of the evaluated images
 * @param part the images that are evaluated
 * @param run the images of the run; null if it does not record their content
 */
export function patientOverlap(
  dataset: Dataset,
  part: Dataset,
  run: RunImages | null,
): PatientOverlap {
  const unknown = { kind: "unknown", patients: [], images: null } as const;
  const leak = part.arePatientsKnown ? "" : `${PATIENTS_UNKNOWN}; `;
  if (!run)
    return {
      ...unknown,
      text: `${leak}unknown whether these images were trained on: the run does not record the content of its images, as early versions did not`,
    };
  const images = part.images.filter((image) => run.has("train", image)).length;
  const records = run.trainedIn(dataset);
  const trained = new Set(records.map((image) => image?.patient ?? null));
  const patients = part.patients.filter((patient) => trained.has(patient));
  if (images || patients.length) {
    const names =
      patients.slice(0, MAX_NAMES).join(", ") + (patients.length > MAX_NAMES ? " …" : "");
    const parts = [
      ...(images ? [`${images} of these images`] : []),
      ...(patients.length ? [`${patients.length} of these patients (${names})`] : []),
    ];
    return {
      kind: "known",
      patients,
      images,
      text: `${parts.join(" and ")} were trained on: the metrics are too good`,
    };
  }
  if (!run.isComplete)
    return {
      ...unknown,
      text: `${leak}unknown whether these images were trained on: the training started from weights of a run that does not record the content of its images`,
    };
  const none = "none of these images was trained on";
  if (!part.arePatientsKnown) return { ...unknown, images, text: `${leak}${none}` };
  if (trained.has(null))
    return {
      ...unknown,
      images,
      text: `patient overlap unknown: trained on images of another data set, or of unknown patients; ${none}`,
    };
  return { kind: "known", patients, images, text: "none of these patients was trained on" };
}
