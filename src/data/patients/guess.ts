/**
 * A guess which patient an image shows, from folders and file names. A guess that contradicts
 * itself is dropped: unknown patients are better than wrong ones.
 */
import { isSplitName, splitKind } from "../splits";
import { isCategory } from "./categories";
import { isExamination, withoutExamination } from "./examinations";
import { certainPatient, conventionOf, sourceNames } from "./known-names";

/** An image as the guess sees it. */
export interface NamedImage {
  readonly split: string;
  /** The path below the folder of images, with forward slashes and without its ending. */
  readonly path: string;
}

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

/** A way to find patients, applied to all images. */
interface Candidate {
  /** One for each image; null where the way does not fit. */
  readonly patients: readonly (string | null)[];
  /** What the patients are, for the end of `from …`. */
  readonly from: string;
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

/** The beginning of names of slices, and of dates: several patients have the same ones. */
const NO_PATIENT =
  /^((slices?|slc|frames?|z)[-_ ]?\d+|(19|20)\d\d(-(0[1-9]|1[0-2])|([-_]?)(0[1-9]|1[0-2])\6([0-2]\d|3[01])))([_.-]|$)/i;

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
  const names = nameCandidates(source.names, source.programs);
  const hints = uploadHints(images);
  if (!images.length) return { patients: null, hints, evidence: "there are no images" };
  let first: string | null = null;
  for (const candidate of [...folders, ...names]) {
    const patients = candidate.patients.map((patient, i) => patient ?? images[i].path);
    const reason =
      misfit(candidate) ??
      contradiction({ patients, from: candidate.from }, images, uploads) ??
      (folders.includes(candidate) ? crossing(candidate, source.names) : null);
    if (reason === null) {
      const count = new Set(patients).size;
      const evidence = `${count} patients of ${images.length} images, from ${candidate.from}`;
      return { patients, hints, evidence };
    }
    first ??= reason;
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

/**
 * One candidate for each depth of folders.
 * @param patientOf the patient in the name of a folder
 */
function folderCandidates(
  images: readonly NamedImage[],
  classNames: readonly string[],
  patientOf: (folder: string) => string = withoutExamination,
): Candidate[] {
  const paths = images.map(({ path }) => path.split("/").slice(0, -1));
  const depth = paths.reduce((most, { length }) => Math.max(most, length), 0);
  const classes = new Set(classNames.map((name) => name.toLowerCase()));
  return Array.from({ length: depth }, (_, level): Candidate => ({
    patients: paths.map((folders) => (folders.length > level ? patientOf(folders[level]) : null)),
    from: "the folders that the images are in",
  })).filter(({ patients }) => {
    const folders = new Set(patients.filter((name): name is string => name !== null));
    // The same patient may be in the folders of several examinations.
    if (Array.from(folders).every(isExamination)) return false;
    // Folders of splits, in formats whose files name the images by their paths.
    if (Array.from(folders).every(isSplitName)) return false;
    return (
      folders.size > 1 && !Array.from(folders).every((name) => classes.has(name.toLowerCase()))
    );
  });
}

/** Candidates from file names, the most certain first. */
function nameCandidates(names: readonly string[], programs: readonly string[]): Candidate[] {
  const without = programs.length ? `, without what ${programs.join(" and ")} added` : "";
  const known = names.map(conventionOf);
  const example = known.find((found) => found !== null)?.convention;
  const text = (from: string, find: (name: string) => string | null): Candidate => ({
    patients: names.map((name) => {
      const patient = find(name);
      return patient === null ? null : withoutExamination(patient);
    }),
    from: `${from} in the file names${without}`,
  });
  return [
    ...(example === undefined
      ? []
      : [
          {
            patients: known.map((found) => found?.patient ?? null),
            from: `file names like ${example}${without}`,
          },
        ]),
    text("the text before the first _", (name) => before(name, name.indexOf("_"))),
    text("the text before the last _", (name) => before(name, name.lastIndexOf("_"))),
    text("the text before the last -", (name) => before(name, name.lastIndexOf("-"))),
  ];
}

/** The text before a place; null if there is none. */
function before(name: string, place: number): string | null {
  return place > 0 ? name.slice(0, place) : null;
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
  const others = Array.from(counts.keys()).filter((name) => NO_PATIENT.test(name));
  if (2 * others.length > counts.size)
    return `${would} '${others[0]}' a patient, which begins with a slice or a date`;
  const categories = Array.from(counts.keys()).filter(isCategory);
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

/**
 * Why folders are not those of patients, without a full stop; null if they may be: the file names
 * have patients, of whom most are in several of the folders.
 */
function crossing({ patients, from }: Candidate, names: readonly string[]): string | null {
  const named = names.map(certainPatient);
  const folders = new Set(patients);
  const arePatients = Array.from(folders).every((folder) => folder && certainPatient(folder));
  if (arePatients || named.filter((name) => name !== null).length < MOST * names.length)
    return null;
  const foldersOf = new Map<string, Set<string | null>>();
  named.forEach((name, i) => {
    if (name !== null) foldersOf.set(name, (foldersOf.get(name) ?? new Set()).add(patients[i]));
  });
  const several = Array.from(foldersOf).filter(([, { size }]) => size > 1);
  if (2 * several.length <= foldersOf.size) return null;
  return `${from} are not those of patients: images of '${several[0][0]}' are in several of them`;
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
