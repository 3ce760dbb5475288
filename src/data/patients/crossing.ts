/**
 * Finds out that a guess takes something else for patients: names have words that may be patients,
 * and one such word is in the names of several of the guessed patients.
 */
import { groupBy } from "../../util/group-by";
import { patientRank, wordsOf } from "./name-words";

/** Words of this share of the images have to be of one kind. */
const MOST = 0.95;
/** More words for each image are those of slices, not of patients. */
const MOST_WORDS = 0.8;

/**
 * A word that is in the names of several guessed patients, if most words at its place are, and if
 * such words are patients more probably than the guess; null if there is none.
 * @param patients the guess, one for each image
 * @param paths of the images, with the folders
 * @param certain the patients in names that say that they are those of patients; null for others
 */
export function crossingWord(
  patients: readonly string[],
  paths: readonly string[],
  certain: readonly (string | null)[] = [],
): string | null {
  const rank = rankOf(patients);
  const words = paths.map((path) => path.split("/").flatMap((part) => wordsOf(part)));
  const most = words.reduce((longest, { length }) => Math.max(longest, length), 0);
  const columns = Array.from({ length: most }, (_, place) =>
    words.map((list) => list[place]?.text ?? ""),
  );
  const persons = certain.map((name) => name ?? "");
  const crossing = [persons, ...columns].find((column) => {
    const isCertain = column === persons;
    const found = column.filter((word) => (isCertain ? word !== "" : patientRank(word) > rank));
    const distinct = new Set(found);
    const beginnings = new Set(found.map((word) => word.replace(/[-_ ]?\d+$/, "").toLowerCase()));
    return (
      found.length >= MOST * paths.length &&
      (isCertain ? rank < patientRank("P1") : beginnings.size === 1) &&
      distinct.size > 1 &&
      distinct.size <= MOST_WORDS * paths.length &&
      2 * wordsOfSeveral(column, patients).length > distinct.size
    );
  });
  return crossing ? wordsOfSeveral(crossing, patients)[0] : null;
}

/** The words that are in the names of several patients. */
function wordsOfSeveral(column: readonly string[], patients: readonly string[]): string[] {
  const places = groupBy(
    column.map((_, i) => i),
    (i) => column[i],
  );
  return Array.from(places).flatMap(([word, indices]) =>
    new Set(indices.map((i) => patients[i])).size > 1 ? word : [],
  );
}

/** How probably a guess has patients: the lowest rank of nearly all of its names. */
function rankOf(patients: readonly string[]): number {
  const ranks = patients.map(patientRank).sort((a, b) => a - b);
  return ranks[Math.floor((1 - MOST) * ranks.length)] ?? 0;
}

/** Whether nearly all patients are plain numbers. */
export function areNumbers(patients: readonly string[]): boolean {
  return patients.filter((patient) => /^\d+$/.test(patient)).length >= MOST * patients.length;
}
