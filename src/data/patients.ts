/** The patient of an image, from its file name. */
import { basename, extname } from "path";

/** The part of a file name before the first `_`. */
export const DEFAULT_PATIENT = /^[^_]+/;

/**
 * The patient in a file name.
 * @param path the image file
 * @param pattern is matched against the name without its ending; its first group is the patient, or
 * the whole match if it has no group
 * @returns null if the name does not match
 */
export function patientOf(path: string, pattern: RegExp = DEFAULT_PATIENT): string | null {
  const name = basename(path, extname(path));
  // A copy, because a pattern with the flag g or y begins where it stopped in the name before.
  const match = new RegExp(pattern).exec(name);
  return match && (match[1] ?? match[0]);
}
