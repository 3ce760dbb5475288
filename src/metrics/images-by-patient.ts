/** Groups images by patient: the bootstrap draws whole patients. */
import type { ImageGroundTruth } from "../types";

/**
 * The indices of the images of each patient. Patients are sorted by name, so that the order of the
 * images does not change the order in which patients are drawn.
 */
export function imagesByPatient(
  groundTruths: readonly ImageGroundTruth[],
): ReadonlyMap<string, readonly number[]> {
  const byPatient = new Map<string, number[]>();
  const patients = Array.from(new Set(groundTruths.map(({ patient }) => patient))).sort();
  for (const patient of patients) byPatient.set(patient, []);
  groundTruths.forEach(({ patient }, i) => byPatient.get(patient)!.push(i));
  return byPatient;
}
