/** A table of patients, `patients.csv`, for data sets that do not store them elsewhere. */
import { existsSync } from "fs";
import { join } from "path";
import { stringify } from "csv-stringify/sync";
import { type Problem, shortened } from "./checks";
import { parseTable } from "./formats/csv/table";
import { patientInTable } from "./patients/known-names";
import { readText, UnreadableFile } from "./read-file";

/** Name of the table, in the data set's folder. */
export const PATIENTS_FILE = "patients.csv";

/** Bytes; with about 100 a row, a million rows. */
const MAX_BYTES = 100_000_000;
const HEADER = ["file", "patient"];

/** The patients in a table, and what is wrong with it. */
export interface PatientTable {
  /**
   * The patient of an image, by its path below the data set's folder. Undefined where the table has
   * none, or several.
   */
  patientOf(image: string): string | undefined;
  /**
   * What is wrong with the table, if these are the images of the data set.
   * @param images their ids, and the patients that the format stores
   */
  problemsFor(images: readonly StoredPatient[]): Problem[];
}

/** An image, and its patient if the format stores it. */
export interface StoredPatient {
  readonly id: string;
  readonly patient?: string;
}

/**
 * Reads the table of patients of a data set.
 * @returns null if the data set has none
 */
export async function readPatients(root: string): Promise<PatientTable | null> {
  const path = join(root, PATIENTS_FILE);
  if (!existsSync(path)) return null;
  const patients = new Map<string, Set<string>>();
  const problems: Problem[] = [];
  const report = (message: string, line?: number) =>
    problems.push({
      severity: "warning",
      file: PATIENTS_FILE,
      message,
      ...(line === undefined ? {} : { line }),
    });
  try {
    const text = await readText(path, MAX_BYTES);
    const [header, ...rows] = parseTable(text, (line, message) => report(message, line));
    const [file, patient] = HEADER.map((name) => header?.cells.indexOf(name) ?? -1);
    if (file < 0 || patient < 0)
      report(`it is not used: its first line must be '${HEADER.join(",")}'`);
    else
      for (const { cells, line } of rows)
        if (cells[file] && cells[patient]) {
          const found = patients.get(keyOf(cells[file])) ?? new Set();
          patients.set(keyOf(cells[file]), found.add(patientInTable(cells[patient])));
        } else report("the row has no file or no patient and was left out", line);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    report(`it is not used, because it cannot be read (${error.message})`);
  }
  for (const [image, { size }] of patients)
    if (size > 1) report(`${image} has ${size} different patients: its patient is unknown`);
  const patientOf = (image: string) => {
    const found = patients.get(keyOf(image)) ?? patients.get(keyOf(fileOf(image)));
    const [patient, ...others] = found ?? [];
    return others.length ? undefined : patient;
  };
  return {
    patientOf,
    problemsFor(images) {
      const present = new Set(images.flatMap(({ id }) => [keyOf(id), keyOf(fileOf(id))]));
      const different = images.filter(({ id, patient }) => {
        const other = patientOf(id);
        return patient !== undefined && other !== undefined && other !== patient;
      });
      if (different.length)
        report(
          `it has other patients than the files of the data set for ${different.length} images (${shortened(different[0].id)}), and those of the files are used: correct the table, or choose the patients with --patients`,
        );
      const [first, ...others] = Array.from(patients.keys()).filter((image) => !present.has(image));
      if (first !== undefined)
        report(
          `images that the data set does not have: ${others.length + 1} of ${patients.size} (${shortened(first)}); write their paths below the data set's folder`,
        );
      return problems;
    },
  };
}

/** A path as it is compared, whatever its slashes and the form of its accents. */
function keyOf(path: string): string {
  return path
    .normalize("NFC")
    .replaceAll("\\", "/")
    .replace(/^(\.?\/)+/, "");
}

/** The file of an image that is a part of it, such as a slice of a scan. */
function fileOf(image: string): string {
  return image.replace(/#[^#/]*$/, "");
}

/**
 * The text of a table of patients.
 * @param patients by the paths of the images below the data set's folder
 */
export function formatPatients(patients: Iterable<readonly [string, string]>): string {
  return stringify([HEADER, ...patients]);
}
