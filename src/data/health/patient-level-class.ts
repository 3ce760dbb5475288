/** Whether classes belong to boxes or to patients: it decides what class-aware figures mean. */
import type { Dataset } from "../dataset";

export interface PatientLevelClass {
  /** Patients with at least two boxes. */
  readonly patients: number;
  /** Those of them whose boxes are not all of one class. */
  readonly mixed: readonly string[];
  /**
   * Whether no patient has boxes of two classes, although there are several classes and patients
   * to show it.
   */
  readonly isPatientLevel: boolean;
  /** For people to read. */
  readonly text: string;
}

/**
 * Counts the classes of every patient's boxes. A patient with a single box says nothing either
 * way.
 */
export function patientLevelClass(dataset: Dataset): PatientLevelClass {
  const classesOf = new Map<string, number[]>();
  for (const { patient, annotations } of dataset.images) {
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
  const present = new Set(Array.from(classesOf.values()).flat());
  const isPatientLevel = present.size > 1 && several.length > 1 && !mixed.length;
  return {
    patients: several.length,
    mixed,
    isPatientLevel,
    text: said(present.size, several.length, mixed.length),
  };
}

function said(classes: number, patients: number, mixed: number): string {
  if (classes < 2)
    return "There is one class: class-aware and class-agnostic figures are the same question.";
  if (patients < 2)
    return "Too few patients have several boxes to tell whether the class belongs to the box or to the patient.";
  if (mixed)
    return `${mixed} of ${patients} patients with several boxes have more than one class: the class belongs to the box.`;
  return (
    `All boxes of each of ${patients} patients have one class: it is a label of the patient, not of the box. ` +
    "Class-aware figures then tell how well patients are told apart, of whom there are few; trust the class-agnostic ones."
  );
}
