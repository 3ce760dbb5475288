/**
 * Whether the classes belong to boxes or to patients. This decides what class-aware metrics
 * measure.
 */
import type { Dataset } from "../dataset";

/** How the classes are distributed over the patients. */
export interface PatientLevelClass {
  /** Number of patients with at least two boxes. */
  readonly patients: number;
  /** Those of them whose boxes have several classes. */
  readonly mixed: readonly string[];
  /**
   * Whether all boxes of each patient have the same class, in a data set with several classes and
   * several patients with at least two boxes.
   */
  readonly isPatientLevel: boolean;
  /** For people to read. */
  readonly text: string;
}

/**
 * Counts the classes of each patient's boxes. Patients with one box are not counted: they fit both
 * cases.
 * @example
 * console.log(patientLevelClass(dataset).text);
 */
export function patientLevelClass(dataset: Dataset): PatientLevelClass {
  const classesOf = new Map<string, number[]>();
  for (const { patient, annotations } of dataset.images) {
    if (patient === null) continue;
    classesOf.set(patient, [
      ...(classesOf.get(patient) ?? []),
      ...annotations.map(({ classId }) => classId),
    ]);
  }
  const several = Array.from(classesOf).filter(([, classes]) => classes.length > 1);
  const mixed = several
    .filter(([, classes]) => new Set(classes).size > 1)
    .map(([patient]) => patient)
    .sort();
  const present = new Set(
    dataset.images.flatMap(({ annotations }) => annotations.map(({ classId }) => classId)),
  );
  const isPatientLevel = present.size > 1 && several.length > 1 && !mixed.length;
  return {
    patients: several.length,
    mixed,
    isPatientLevel,
    text: summary({
      classes: present.size,
      patients: several.length,
      mixed: mixed.length,
      isKnown: dataset.arePatientsKnown,
    }),
  };
}

function summary(counts: {
  readonly classes: number;
  readonly patients: number;
  readonly mixed: number;
  readonly isKnown: boolean;
}): string {
  const { classes, patients, mixed, isKnown } = counts;
  if (classes < 2)
    return "There is one class: class-aware and class-agnostic metrics measure the same.";
  if (!isKnown)
    return "Patients are unknown: it cannot be told whether the class belongs to the box or to the patient.";
  if (patients < 2)
    return "Too few patients have several boxes to show whether the class belongs to the box or to the patient.";
  if (mixed)
    return `${mixed} of ${patients} patients with several boxes have more than one class: the class belongs to the box.`;
  return (
    `All boxes of each of ${patients} patients have one class: it is a label of the patient, not of the box. ` +
    "Class-aware metrics then measure how well the detector distinguishes these few patients; use the class-agnostic metrics."
  );
}
