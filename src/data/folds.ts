/** Division of a data set by patient, so that all images of a patient are on the same side. */
import { Random } from "../util/random";
import type { ImageRecord } from "../types";

/**
 * Divides the patients into k groups with about the same number of boxes and images: in random
 * order, those with the most first, each patient joins the group that has the fewest.
 * @returns the patients of each group; the same for the same images and seed
 * @throws when there are fewer than k patients
 */
export function patientFolds(images: readonly ImageRecord[], k: number, seed: number): string[][] {
  const weight = new Map<string, number>();
  for (const { patient, annotations } of images)
    weight.set(patient, (weight.get(patient) ?? 0) + 1 + annotations.length);
  if (weight.size < k)
    throw new Error(`${k} folds need at least ${k} patients, there are ${weight.size}`);
  const shuffled = new Random(`${seed}/folds`).shuffle(Array.from(weight.keys()).sort());
  shuffled.sort((a, b) => weight.get(b)! - weight.get(a)!);
  const folds = Array.from({ length: k }, () => ({ patients: [] as string[], weight: 0 }));
  for (const patient of shuffled) {
    const lightest = folds.reduce((best, fold) => (fold.weight < best.weight ? fold : best));
    lightest.patients.push(patient);
    lightest.weight += weight.get(patient)!;
  }
  return folds.map(({ patients }) => patients.sort());
}
