/** A table of patients, `patients.csv`, for data sets that do not store them elsewhere. */
import { existsSync } from "fs";
import { join } from "path";
import { stringify } from "csv-stringify/sync";
import type { Problem } from "./checks";
import { parseTable } from "./formats/csv/table";
import { readText, UnreadableFile } from "./read-file";

/** Name of the table, in the data set's folder. */
export const PATIENTS_FILE = "patients.csv";

/** Bytes; with about 100 a row, a million rows. */
const MAX_BYTES = 100_000_000;
const HEADER = ["file", "patient"];

/** The patients in a table, and what is wrong with it. */
export interface PatientTable {
  /** The patient of each image, by its path below the data set's folder. */
  readonly patients: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/**
 * Reads the table of patients of a data set.
 * @returns null if the data set has none
 */
export async function readPatients(root: string): Promise<PatientTable | null> {
  const path = join(root, PATIENTS_FILE);
  if (!existsSync(path)) return null;
  const patients = new Map<string, string>();
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
        if (cells[file] && cells[patient]) patients.set(cells[file], cells[patient]);
        else report("the row has no file or no patient and was left out", line);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    report(`it is not used, because it cannot be read (${error.message})`);
  }
  return { patients, problems };
}

/**
 * The text of a table of patients.
 * @param patients by the paths of the images below the data set's folder
 */
export function formatPatients(patients: Iterable<readonly [string, string]>): string {
  return stringify([HEADER, ...patients]);
}
