/** The words of names: which of them may be a part of the patient. */
import { isCategory, isKindOfImage, isSlice, isSliceOrSeries } from "./categories";
import { isExamination } from "./examinations";
import { conventionOf, PERSON_WORDS } from "./known-names";

/** A word of a name. */
interface Word {
  readonly text: string;
  /** Where it begins. */
  readonly start: number;
}

/** Other words that a number follows, as alternatives of a regular expression. */
const OTHER_WORDS =
  "slices?|slc|frames?|images?|imgs?|scans?|study|exams?|series|volumes?|vol|ses|sess|session|time|timepoint|tp|visit|week|month|day|year|site|cent(?:er|re)|hospital|fold|batch";
/** A word, and the number after its separator: `case_003`, `pat-1`, `frame 7`. */
const WORDS = new RegExp(
  `(?:${PERSON_WORDS}|${OTHER_WORDS})[-_ ]\\d+|IM-\\d+-\\d+|(?:19|20)\\d\\d([-_]?)[01]\\d\\1[0-3]\\d|[^_\\-. ]+`,
  "gi",
);

/** The words of a name, without separators. */
export function wordsOf(name: string): Word[] {
  return Array.from(name.matchAll(WORDS), ({ 0: text, index = 0 }) => ({ text, start: index }));
}

/**
 * A name without the words that say nothing about the patient: how an image was made, classes, and,
 * after the patient, its examinations, series and slices.
 * @param classes names of classes in lower case
 * @returns null if no number remains
 */
export function withoutKinds(name: string, classes: ReadonlySet<string>): string | null {
  const words = wordsOf(name);
  let hasNumber = false;
  const rest = words.filter(({ text }) => {
    if (isKindOfImage(text) || classes.has(text.toLowerCase())) return false;
    if (hasNumber && (isSliceOrSeries(text) || isExamination(text))) return false;
    hasNumber ||= /\d/.test(text) && !isCategory(text);
    return true;
  });
  if (rest.length === words.length) return name;
  if (!rest.some(({ text }) => /\d/.test(text))) return null;
  // Each word with the separator before it, if it is not the first.
  return rest.map(({ text, start }, i) => (i && start ? name[start - 1] : "") + text).join("");
}

/** Whether a name begins with the number of a slice: several patients have the same ones. */
export function beginsWithSlice(name: string): boolean {
  const [first] = wordsOf(name);
  return first !== undefined && isSlice(first.text);
}

/** Whether no word of a name can be a patient: its numbers are those of places, slices and so on. */
export function hasNoPatient(name: string): boolean {
  const isOther = (word: string) =>
    !/\d/.test(word) || isCategory(word) || isSlice(word) || isExamination(word);
  return isCategory(name) || (/\d/.test(name) && wordsOf(name).every(({ text }) => isOther(text)));
}

/** A word for a person with a number, or the letter p: `patient007`, `case_3`, `P01`. */
const PERSON = new RegExp(`^(p|${PERSON_WORDS})[-_ ]?\\d+$`, "i");
/** Letters and a number, which may be a patient: `Smith3`, `MR000012`. */
const LETTERS_AND_NUMBER = /^[a-z]{2,}[-_ ]?\d+$/i;

/**
 * How probably a word, or a guess, is a patient: 2 if it is called like one, 1 if it has letters and
 * a number that mean nothing else, and 0 for all others.
 */
export function patientRank(word: string): 0 | 1 | 2 {
  if (PERSON.test(word)) return 2;
  if (conventionOf(word)?.patient === word && !isSliceOrSeries(word)) return 2;
  const isOther = isCategory(word) || isSliceOrSeries(word) || isExamination(word);
  return LETTERS_AND_NUMBER.test(word) && !isOther ? 1 : 0;
}
