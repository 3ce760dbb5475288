/**
 * Splitting by patient: slices of one patient look alike, so that a patient is wholly on one side.
 */
import { Random } from "../util/random";
import type { ImageRecord } from "../types";

/**
 * Deals the patients into k groups of about as many boxes and images: those with most first, each
 * to the group that has least.
 * @returns the groups' patients; the same for the same images and seed
 */
export function patientFolds(images: readonly ImageRecord[], k: number, seed: number): string[][] {
  const weight = new Map<string, number>();
  for (const { patient, annotations } of images)
    weight.set(patient, (weight.get(patient) ?? 0) + 1 + annotations.length);
  if (weight.size < k)
    throw new Error(`${k} folds want at least ${k} patients, there are ${weight.size}`);
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
