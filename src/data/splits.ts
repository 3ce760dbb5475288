/** Which splits are kept apart from training, by their names. */

/** Names of splits that need no explanation. */
const USUAL_TEST = "test";
const USUAL_VALIDATION = ["val", "valid", "validation"];

/** Any other name that begins like this is read as a validation or a test split, with a warning. */
const VALIDATION = /^(val|eval)/i;
const TEST = /^(test|hold|held)/i;
const TRAINING = /^train/i;

/** Whether a split of this name contains validation images, for example `valid`. */
export function isValidationSplit(name: string): boolean {
  return VALIDATION.test(name);
}

/** Whether a split of this name contains test images. */
export function isTestSplit(name: string): boolean {
  return TEST.test(name);
}

/** What the images of a split are used for. */
export type SplitKind = "training" | "validation" | "test";

/** What the images of a split of this name are used for. */
export function splitKind(name: string): SplitKind {
  return isTestSplit(name) ? "test" : isValidationSplit(name) ? "validation" : "training";
}

/** Whether a folder of this name is a split; other names may be those of patients or classes. */
export function isSplitName(name: string): boolean {
  return TRAINING.test(name) || splitKind(name) !== "training";
}

/** A warning for a name whose meaning had to be guessed; null for the usual names. */
export function splitNameWarning(name: string): string | null {
  if (name === USUAL_TEST || USUAL_VALIDATION.includes(name)) return null;
  const [kind, usual] = isTestSplit(name)
    ? ["test", USUAL_TEST]
    : isValidationSplit(name)
      ? ["validation", USUAL_VALIDATION[0]]
      : [];
  return kind === undefined
    ? null
    : `'${name}' is read as a ${kind} split and kept apart from training: rename it to ${usual}, or to train if it is meant for training`;
}
