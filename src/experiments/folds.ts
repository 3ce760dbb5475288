/** The numbers of folds, and what a fold is. */
import type { Dataset } from "../data/dataset";
import { PATIENTS_UNKNOWN } from "../data/patients/assign-patients";

/**
 * The numbers of the folds to train, counted from 0.
 * @param only some of the numbers; default: all
 * @param count the number of folds
 * @throws when a number is not that of a fold, is there twice, or there is none
 */
export function requireFolds(only: readonly number[] | undefined, count: number): number[] {
  const all = Array.from({ length: count }, (_, fold) => fold);
  if (only === undefined) return all;
  const wrong = only.find((fold) => !all.includes(fold));
  if (wrong !== undefined)
    throw new Error(
      `there is no fold ${wrong}: with ${count} folds their numbers are 0 to ${count - 1}`,
    );
  if (!only.length || new Set(only).size < only.length)
    throw new Error(`the folds [${only.join(", ")}]: name at least one, and each only once`);
  return [...only];
}

/** A fold in words, for `run.json`. */
export function foldDescription(dataset: Dataset, fold: number, count: number): string {
  const unit = dataset.arePatientsKnown ? "patient" : `group of images (${PATIENTS_UNKNOWN})`;
  return `${dataset.name}, fold ${fold} of ${count} by ${unit}`;
}
