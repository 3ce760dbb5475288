/**
 * Checks across the images of a data set for what makes metrics too good: the same patient, or the
 * same image, in training and in another split.
 */
import type { ImageRecord } from "../types";
import type { Problem } from "./checks";

/** Names of copies that a message lists. */
const MAX_NAMES = 5;

/**
 * An error for each patient with images in several splits. Slices of one patient look alike, so a
 * detector that was trained on some of them finds the lesions on the others too easily.
 */
export function patientsInSeveralSplits(images: readonly ImageRecord[]): Problem[] {
  const splitsOf = new Map<string, Map<string, string>>();
  for (const { patient, split, id } of images) {
    if (!splitsOf.has(patient)) splitsOf.set(patient, new Map());
    splitsOf.get(patient)!.set(split, id);
  }
  return Array.from(splitsOf)
    .filter(([, splits]) => splits.size > 1)
    .map(([patient, splits]) => ({
      severity: "error" as const,
      file: Array.from(splits.values())[0],
      message: `patient ${patient} is in the splits ${Array.from(splits.keys()).join(" and ")}: move all images of a patient into one split`,
    }));
}

/**
 * A problem for each group of files with the same bytes: an error if they are in several splits,
 * otherwise a warning.
 * @param groups the images of each distinct content
 */
export function copiedImages(groups: Iterable<readonly ImageRecord[]>): Problem[] {
  return Array.from(groups)
    .filter((copies) => copies.length > 1)
    .map((copies) => {
      const [first, ...others] = [...copies].sort((a, b) => a.id.localeCompare(b.id));
      const isAcrossSplits = copies.some(({ split }) => split !== first.split);
      return {
        severity: isAcrossSplits ? ("error" as const) : ("warning" as const),
        file: first.id,
        message: `the same image as ${namesOf(others)}${isAcrossSplits ? ", in another split" : ""}: keep one of them`,
      };
    });
}

function namesOf(images: readonly ImageRecord[]): string {
  const names = images.slice(0, MAX_NAMES).map(({ id }) => id);
  const rest = images.length - names.length;
  return names.join(", ") + (rest ? ` and ${rest} more` : "");
}
