/** How the user says where patients are found: the option `patients`, and `--patients`. */

/**
 * Where the patients of a data set are found. `folder`: in the folder that an image is in. `none`:
 * nowhere, they are unknown. A pattern is matched against the path of the image below the folder of
 * images, without its ending: its first group is the patient, or the whole match if it has no
 * group. Any other text is the name of a column, in a format with columns, or else a pattern.
 */
export type PatientChoice = RegExp | string;

/** A pattern with flags as a text: `/source/flags`. */
const WITH_FLAGS = /^\/(.+)\/([imsu]+)$/s;

/** A name of a column has none of the characters that have a meaning in a pattern. */
const COLUMN = /^[\p{L}\p{N}_ -]+$/u;

/** The column that a choice names, if a table is read; null for any other choice. */
export function columnOfPatients(choice: PatientChoice | undefined): string | null {
  const isName =
    typeof choice === "string" && choice !== "folder" && choice !== "none" && COLUMN.test(choice);
  return isName ? choice : null;
}

/** A choice as a text that `parsePatientChoice` reads back. */
export function patientChoiceText(choice: PatientChoice): string {
  if (typeof choice === "string") return choice;
  const flags = choice.flags.replace(/[^imsu]/g, "");
  return flags ? `/${choice.source}/${flags}` : choice.source;
}

/**
 * The pattern that a choice stands for.
 * @throws when the text is not a regular expression
 */
export function patternOf(choice: PatientChoice): RegExp {
  if (typeof choice !== "string") return choice;
  const [, source, flags] = WITH_FLAGS.exec(choice) ?? [];
  return source === undefined ? new RegExp(choice) : new RegExp(source, flags);
}
