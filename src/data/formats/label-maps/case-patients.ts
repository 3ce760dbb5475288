/**
 * The patients of scans with label maps. The folder or the beginning of the names that tells the
 * scans of one examination from others is not always the patient's: a patient may have several
 * examinations (`patient01/time2`, `BraTS-GLI-02062-101`), and all patients may have folders of one
 * name (`sub-01/anat`).
 */
import { conventionOf } from "../../patients/known-names";
import { groupBy } from "../../../util/group-by";
import { splitInName } from "../shared/split-names";

/** A word for an examination or its time, which may have a number: `ses-01`, `week-000-1`. */
const EXAMINATION =
  /^(ses|sess|session|time|timepoint|tp|visit|baseline|follow[-_ ]?up|fu|week|month|day|year|pre|post|pre[-_ ]?op|post[-_ ]?op)([-_ ]?\d+)*$/i;
/** A date without separators, or with hyphens or underscores. */
const DATE = /^(19|20)\d\d([-_]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])$/;
/** A word for what a folder in a patient's folder contains. */
const CONTENT =
  /^(anat|scans?|studies|study|exams?|series|mri?|cts?|nii|nifti|images?|data|raw|preprocessed|registered|skull[-_ ]?stripped)([-_ ]?\d+)*$/i;
/** Where a name is divided into words. */
const SEPARATORS = /[_.-]/g;

/** A patient, and the folders that its name was found in. */
interface FoundPatient {
  readonly name: string;
  readonly home: string;
  /** Whether the name has a form that only names of patients have. */
  readonly isCertain: boolean;
}

/**
 * The patient of each case.
 * @param paths for each case the folders below the data set's folder, and then the name of the
 * case: the last folder, or the beginning of the file names
 * @returns null where folders of one name lie in several folders, so that they may be different
 * patients, or examinations of different patients
 */
export function patientsOfCases(paths: readonly (readonly string[])[]): (string | null)[] {
  const withoutSplits = paths.map((path) =>
    path.filter(
      (part, i) =>
        i === path.length - 1 || conventionOf(part) !== null || splitInName(part) === null,
    ),
  );
  const shared = sharedFolders(withoutSplits);
  const found = withoutSplits.map((path) => patientIn(path, shared));
  const homes = new Map(
    Array.from(
      groupBy(found, ({ name }) => name),
      ([name, patients]) => [name, new Set(patients.map(({ home }) => home)).size],
    ),
  );
  return found.map(({ name, home, isCertain }) => {
    if (homes.get(name) === 1) return name;
    // Two centers can both have a `patient007`.
    return isCertain ? `${home}/${name}` : null;
  });
}

/** The number of folders that all cases are in. */
function sharedFolders(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  const different = first.findIndex((part, i) =>
    paths.some((path) => path.length === i + 1 || path[i] !== part),
  );
  return Math.max(0, different);
}

function patientIn(path: readonly string[], shared: number): FoundPatient {
  const homeOf = (place: number) => path.slice(shared, place).join("/");
  const known = path.findIndex((part) => conventionOf(part) !== null && !CONTENT.test(part));
  if (known >= 0) {
    const { patient } = conventionOf(path[known])!;
    return { name: patient, home: homeOf(known), isCertain: true };
  }
  let place = path.length - 1;
  while (place > shared && isExamination(path[place])) place--;
  const name = withoutExamination(path[place]);
  return { name, home: homeOf(place), isCertain: false };
}

/** Whether a folder is that of an examination, or of the files of a patient. */
function isExamination(folder: string): boolean {
  return EXAMINATION.test(folder) || DATE.test(folder) || CONTENT.test(folder);
}

/** The name before a word for an examination or its date: `P01` for `P01_time2`. */
function withoutExamination(name: string): string {
  for (const { index = 0 } of name.matchAll(SEPARATORS)) {
    const [before, after] = [name.slice(0, index), name.slice(index + 1)];
    const isPatient = /\d/.test(before);
    const [word] = after.split(SEPARATORS, 1);
    if (isPatient && [after, word].some((text) => EXAMINATION.test(text) || DATE.test(text)))
      return before;
  }
  return name;
}
