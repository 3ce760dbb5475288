/** The file with all problems of a data set. */
import { join } from "path";
import { writeAtomically } from "../util/atomic-write";
import { makeFolder } from "../util/make-folder";
import type { Problem } from "./checks";
import { problemsText } from "./problem-summary";

/** Its name in the folder of the results. */
const PROBLEMS_FILE = "data-problems.txt";

/**
 * Writes all problems of a data set into a folder, one a line.
 * @param folder made if it does not exist
 * @returns the path of the file; null if there are no problems, and nothing was written
 * @example
 * await writeProblems(dataset.problems, settings.run);
 */
export async function writeProblems(
  problems: readonly Problem[],
  folder: string,
): Promise<string | null> {
  if (!problems.length) return null;
  makeFolder(folder);
  const file = join(folder, PROBLEMS_FILE);
  await writeAtomically(file, problemsText(problems));
  return file;
}
