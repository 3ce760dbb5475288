/**
 * A guess which patient an image shows, from folders and file names. A guess that contradicts
 * itself is dropped: unknown patients are better than wrong ones.
 */
import { splitKind } from "../splits";
import {
  type Candidate,
  certainCandidates,
  folderCandidates,
  type NamedImage,
  nameCandidates,
  NO_PATIENT,
} from "./candidates";
import { areNumbers, crossingWord } from "./crossing";
import { sourceNames } from "./known-names";
import { beginsWithSlice, hasNoPatient } from "./name-words";

/** The outcome of a guess. */
export interface PatientGuess {
  /** One for each image; null if the guess was dropped. */
  readonly patients: readonly string[] | null;
  /**
   * One for each image, if the guess was dropped: images with the same text are probably of one
   * patient. Null for an image that nothing is known of.
   */
  readonly hints: readonly (string | null)[];
  /** Where the patients were found, or why none were, without a full stop. */
  readonly evidence: string;
}

/** A guess has to fit at least this share of the images; each of the others is a patient then. */
const MOST = 0.95;
/** With more patients for each image, nearly every image would be a patient of its own. */
const MOST_PATIENTS = 0.8;
/** No patient has a greater share of the images. */
const LARGEST_PATIENT = 1 / 3;
/** Share of the images that a hint may keep together. */
const LARGEST_HINT = 0.1;

/** A name for a patient has a number in it, unless it says that it is a patient. */
const PATIENT_LIKE = /\d|^(patient|pat|case|subject|person)/i;

/**
 * Guesses the patients of the images of a data set.
 * @param classNames folders of these names are classes, not patients
 */
export function guessPatients(
  images: readonly NamedImage[],
  classNames: readonly string[] = [],
): PatientGuess {
  const source = sourceNames(images.map(({ path }) => path));
  const uploads = countUploads(images, source.names);
  const folders = folderCandidates(images, classNames);
  const names = nameCandidates(source, classNames);
  const certain = certainCandidates(images, source.names);
  const hints = uploadHints(images);
  if (!images.length) return { patients: null, hints, evidence: "there are no images" };
  let first: string | null = null;
  const paths = images.map(({ path }) => path);
  for (const candidate of [...folders, ...certain, ...names]) {
    const patients = candidate.patients.map((patient, i) => patient ?? images[i].path);
    const { from } = candidate;
    const wrong = misfit(candidate) ?? contradiction({ patients, from }, images, uploads);
    const word = wrong === null ? crossingWord(patients, paths, certain[0]?.patients) : null;
    if (wrong === null && word === null) {
      const count = new Set(patients).size;
      const evidence = `${count} patients of ${images.length} images, from ${from}`;
      return { patients, hints, evidence };
    }
    first ??= wrong ?? `images of '${word}' are in several of the patients that ${from} would make`;
    // Folders of numbers, and names with other numbers: nothing says which are the patients.
    if (word !== null && folders.includes(candidate) && !certain.length && areNumbers(patients))
      break;
  }
  const partial = partialHints(names);
  return {
    patients: null,
    hints: hints.map((hint, i) => hint ?? partial[i] ?? null),
    evidence: first ?? "the file names have no part that is common to several images",
  };
}

/** The hints that the names of Roboflow give, whatever the names before them mean. */
export function uploadHints(images: readonly NamedImage[]): (string | null)[] {
  const { roboflow } = sourceNames(images.map(({ path }) => path));
  return roboflow.map((upload) => upload && `upload ${upload}`);
}

/**
 * The folder of each image that is the patient's: at the first depth where the folders are no
 * contradiction, or else the first below the folder of images. Null for an image in no folder.
 */
export function patientFolders(
  images: readonly NamedImage[],
  classNames: readonly string[] = [],
): readonly (string | null)[] {
  const fitting = folderCandidates(images, classNames, (folder) => folder).find(
    ({ patients, from }) =>
      patients.every((patient): patient is string => patient !== null) &&
      contradiction({ patients, from }, images, images.length) === null,
  );
  return (
    fitting?.patients ??
    images.map(({ path }) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : null))
  );
}

/** Why a candidate does not fit the images, without a full stop; null if it does. */
function misfit({ patients, from }: Candidate): string | null {
  const found = patients.filter((patient) => patient !== null).length;
  return found < MOST * patients.length
    ? `only ${found} of ${patients.length} names have ${from}`
    : null;
}

/**
 * Why patients contradict themselves, without a full stop; null if they do not.
 * @param uploads number of images without the copies that a labelling program made
 */
function contradiction(
  { patients, from }: { readonly patients: readonly string[]; readonly from: string },
  images: readonly NamedImage[],
  uploads: number,
): string | null {
  const counts = countEach(patients);
  const total = images.length;
  const would = `${from} would make`;
  if (counts.size > MOST_PATIENTS * uploads) {
    const copies = uploads < total ? `, which are copies of ${uploads}` : "";
    return `${would} ${counts.size} patients of ${total} images${copies}`;
  }
  const [largest, most] = Array.from(counts).reduce((a, b) => (b[1] > a[1] ? b : a));
  if (most > LARGEST_PATIENT * total)
    return `${would} '${largest}' a patient with ${most} of ${total} images`;
  const numbered = Array.from(counts.keys()).filter((name) => PATIENT_LIKE.test(name)).length;
  if (2 * numbered < counts.size) return `${would} '${largest}' a patient, which is not a number`;
  const others = Array.from(counts.keys()).filter(
    (name) => NO_PATIENT.test(name) || beginsWithSlice(name),
  );
  if (2 * others.length > counts.size)
    return `${would} '${others[0]}' a patient, which begins with a slice or a date`;
  const categories = Array.from(counts.keys()).filter(hasNoPatient);
  if (2 * categories.length > counts.size)
    return `${would} '${categories[0]}' a patient, which seems to be a sequence, a site or a part of the set`;
  const splits = new Map<string, string>();
  for (const [i, { split }] of images.entries()) {
    const other = splits.get(patients[i]) ?? split;
    if (splitKind(other) !== splitKind(split))
      return `${would} '${patients[i]}' a patient in the splits ${other} and ${split}`;
    splits.set(patients[i], split);
  }
  return null;
}

/** The number of different images by folder and name, without what labelling programs added. */
function countUploads(images: readonly NamedImage[], names: readonly string[]): number {
  const folders = images.map(({ path }) => path.slice(0, path.lastIndexOf("/") + 1));
  return new Set(names.map((name, i) => folders[i] + name)).size;
}

function countEach(patients: readonly (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const patient of patients)
    if (patient !== null) counts.set(patient, (counts.get(patient) ?? 0) + 1);
  return counts;
}

/**
 * The patients of the first candidate from file names that fits some of the names and makes no
 * patient of a great part of the images: these images stay together.
 */
function partialHints(candidates: readonly Candidate[]): readonly (string | null)[] {
  for (const { patients } of candidates) {
    const counts = Array.from(countEach(patients).values());
    const largest = counts.reduce((most, count) => Math.max(most, count), 0);
    if (largest > 1 && largest <= LARGEST_HINT * patients.length)
      return patients.map((patient) =>
        patient !== null && PATIENT_LIKE.test(patient) ? `name ${patient}` : null,
      );
  }
  return [];
}
