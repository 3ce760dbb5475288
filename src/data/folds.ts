/**
 * Division of a data set by patient, so that all images of a patient are on the same side; by group
 * of images that are alike where patients are not known.
 */
import { Random } from "../util/random";
import type { ImageRecord } from "../types";
import { arePatientsKnown, groupOf } from "./groups";

/**
 * Divides the patients into k parts with about the same number of boxes and images: in random
 * order, those with the most first, each patient joins the part that has the fewest. Where patients
 * are not known, it divides the groups of images.
 * @returns the patients, or the groups, of each part; the same for the same images and seed
 * @throws when there are fewer than k patients or groups
 */
export function groupFolds(images: readonly ImageRecord[], k: number, seed: number): string[][] {
  const weight = new Map<string, number>();
  for (const image of images) {
    const group = groupOf(image, image.id);
    weight.set(group, (weight.get(group) ?? 0) + 1 + image.annotations.length);
  }
  if (weight.size < k) {
    const unit = arePatientsKnown(images) ? "patients" : "groups of images (patients are unknown)";
    throw new Error(
      `${k} folds need at least ${k} ${unit}, there are ${weight.size}: use fewer folds, or name the patients with --patients`,
    );
  }
  const shuffled = new Random(`${seed}/folds`).shuffle(Array.from(weight.keys()).sort());
  shuffled.sort((a, b) => weight.get(b)! - weight.get(a)!);
  const folds = Array.from({ length: k }, () => ({ groups: [] as string[], weight: 0 }));
  for (const group of shuffled) {
    const lightest = folds.reduce((best, fold) => (fold.weight < best.weight ? fold : best));
    lightest.groups.push(group);
    lightest.weight += weight.get(group)!;
  }
  return folds.map(({ groups }) => groups.sort());
}
