/**
 * The patients of scans with label maps. The folder or the beginning of the names that tells the
 * scans of one examination from others is not always the patient's: a patient may have several
 * examinations (`patient01/time2`, `BraTS-GLI-02062-101`), and all patients may have folders of one
 * name (`sub-01/anat`).
 */
import {
  isContent,
  isExamination,
  isPartOfPatient,
  withoutExamination,
  withoutLeadingExamination,
} from "../../patients/examinations";
import { certainPatient, conventionOf } from "../../patients/known-names";
import { groupBy } from "../../../util/group-by";
import { splitInName } from "../shared/split-names";

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
  // The same patient may be in the folders of several examinations.
  const homeOf = (place: number) =>
    path
      .slice(shared, place)
      .filter((folder) => !isPartOfPatient(folder))
      .join("/");
  const names = path.map(withoutLeadingExamination);
  const known = names.findIndex((part) => knownPatient(part) !== null && !isContent(part));
  if (known >= 0)
    return { name: knownPatient(names[known])!, home: homeOf(known), isCertain: true };
  let place = path.length - 1;
  while (place > shared && (isExamination(path[place]) || isContent(path[place]))) place--;
  const name = withoutExamination(names[place]);
  return { name, home: homeOf(place), isCertain: false };
}

/** The patient in a name that has a known form at its beginning, or says anywhere that it is one. */
function knownPatient(name: string): string | null {
  return conventionOf(name)?.patient ?? certainPatient(name);
}
