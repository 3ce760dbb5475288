/** Groups images by patient: the bootstrap draws whole patients. */
import { arePatientsKnown, groupOf } from "../data/groups";
import type { ImageGroundTruth } from "../types";

/**
 * What `imagesByPatient` counts. Where patients are known, `grouped` is missing, and `patients` is
 * their number.
 */
export interface DrawnUnits {
  readonly patients: number;
  /** Patients are not known: `patients` is the number of groups of images that are alike. */
  readonly grouped?: true;
}

/**
 * The indices of the images of each patient; of each group of images that are alike where patients
 * are not known. Patients are sorted by name, so that the order of the images does not change the
 * order in which patients are drawn.
 */
export function imagesByPatient(
  groundTruths: readonly ImageGroundTruth[],
): ReadonlyMap<string, readonly number[]> {
  const byPatient = new Map<string, number[]>();
  const names = groundTruths.map((image) => groupOf(image, image.imageId));
  for (const name of Array.from(new Set(names)).sort()) byPatient.set(name, []);
  names.forEach((name, i) => byPatient.get(name)!.push(i));
  return byPatient;
}

/**
 * The number of patients, or of groups where patients are not known.
 * @example
 * const { patients, grouped } = drawnUnits(dataset.groundTruths());
 */
export function drawnUnits(groundTruths: readonly ImageGroundTruth[]): DrawnUnits {
  const patients = imagesByPatient(groundTruths).size;
  return arePatientsKnown(groundTruths) ? { patients } : { patients, grouped: true };
}

/**
 * For people to read: `9 patients`, or `9 groups of similar images (patients unknown)`.
 * @example
 * console.log(unitsText(drawnUnits(dataset.groundTruths()))); // 58 patients
 */
export function unitsText({ patients, grouped }: DrawnUnits): string {
  if (grouped)
    return `${patients} ${patients === 1 ? "group" : "groups"} of similar images (patients unknown)`;
  return `${patients} ${patients === 1 ? "patient" : "patients"}`;
}
