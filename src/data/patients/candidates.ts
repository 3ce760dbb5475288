/** The ways to find patients in the folders and the names of images. */
import { isSplitName } from "../splits";
import { isExamination, withoutExamination } from "./examinations";
import { certainPatient, conventionOf, type SourceNames } from "./known-names";
import { withoutKinds } from "./name-words";

/** An image as the guess sees it. */
export interface NamedImage {
  readonly split: string;
  /** The path below the folder of images, with forward slashes and without its ending. */
  readonly path: string;
}

/** A way to find patients, applied to all images. */
export interface Candidate {
  /** One for each image; null where the way does not fit. */
  readonly patients: readonly (string | null)[];
  /** What the patients are, for the end of `from …`. */
  readonly from: string;
}

/** Folders of classes are left out as a whole. */
const NO_CLASSES: ReadonlySet<string> = new Set();

/** A name in which a hyphen comes before the first underscore. */
const HYPHEN_FIRST = /^[^_-]+-/;
/** The text before the second separator of a name. */
const SECOND_SEPARATOR = /^[^_-]*[_-][^_-]*(?=[_-])/;

/** The beginning of names of slices, and of dates: several patients have the same ones. */
export const NO_PATIENT =
  /^((slices?|slc|frames?|z)[-_ ]?\d+|(19|20)\d\d(-(0[1-9]|1[0-2])|([-_]?)(0[1-9]|1[0-2])\6([0-2]\d|3[01])))([_.-]|$)/i;

/**
 * One candidate for each depth of folders.
 * @param patientOf the patient in the name of a folder
 */
export function folderCandidates(
  images: readonly NamedImage[],
  classNames: readonly string[],
  patientOf: (folder: string) => string | null = (folder) => {
    const rest = withoutKinds(folder, NO_CLASSES);
    return rest === null ? folder : withoutExamination(rest);
  },
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
export function nameCandidates(
  { names: whole, programs }: SourceNames,
  classNames: readonly string[],
): Candidate[] {
  const names = withoutWords(whole, classNames);
  // A number behind a word, as in T1_012, may be that of a slice.
  const isShorter = names.map(
    (name, i) => name !== whole[i] && (!/^\d+$/.test(name) || whole[i].startsWith(name)),
  );
  const without = [
    ...(programs.length ? [`, without what ${programs.join(" and ")} added`] : []),
    ...(isShorter.includes(true) ? [", without words for sequences, variants and slices"] : []),
  ].join("");
  const known = names.map(conventionOf);
  const example = known.find((found) => found !== null)?.convention;
  const text = (from: string, find: (name: string, i: number) => string | null): Candidate => ({
    patients: names.map((name, i) => {
      const patient = find(name, i);
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
    // The shorter text comes first: it may join patients, and a longer one may part one of them.
    ...(names.some((name) => HYPHEN_FIRST.test(name) && !NO_PATIENT.test(name))
      ? [text("the text before the first _ or -", (name) => before(name, name.search(/[_-]/)))]
      : []),
    text("the text before the first _", (name) => before(name, name.indexOf("_"))),
    text("the text before the second _ or -", (name) =>
      before(name, SECOND_SEPARATOR.exec(name)?.[0].length ?? -1),
    ),
    text("the text before the last _", (name) => before(name, name.lastIndexOf("_"))),
    text("the text before the last -", (name) => before(name, name.lastIndexOf("-"))),
    ...(isShorter.includes(true)
      ? [text("what remains of the names", (name, i) => (isShorter[i] && name ? name : null))]
      : []),
  ];
}

/** The text before a place; null if there is none. */
function before(name: string, place: number): string | null {
  return place > 0 ? name.slice(0, place) : null;
}

/** The candidate of names that say that they are those of patients, wherever in the path. */
export function certainCandidates(
  images: readonly NamedImage[],
  names: readonly string[],
): Candidate[] {
  const patients = images.map(({ path }, i) => {
    const folders = path.split("/").slice(0, -1);
    for (const part of [...folders, names[i]]) {
      const patient = certainPatient(part);
      if (patient !== null) return patient;
    }
    return null;
  });
  return patients.some((patient) => patient !== null)
    ? [{ patients, from: "names that say that they are those of patients" }]
    : [];
}

/** Names without the words that say nothing about the patient; empty if nothing remains. */
function withoutWords(names: readonly string[], classNames: readonly string[]): string[] {
  const classes = new Set(classNames.map((name) => name.toLowerCase()));
  return names.map((name) => withoutKinds(name, classes) ?? "");
}
