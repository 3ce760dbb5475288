/**
 * Files that name the classes when there is no data.yaml: `classes.txt` of LabelImg and Label
 * Studio, `obj.names` of Darknet, `_darknet.labels` of Roboflow, and `notes.json` of Label Studio.
 */
import { basename, join } from "path";
import { type Problem, shortened } from "../../checks";
import { isFolder, pathBelow } from "../../folders";
import { isThere, readText, UnreadableFile } from "../../read-file";
import { isSameClassList, MAX_CLASSES } from "../../class-names";

const MAX_BYTES = 1_000_000;

/** Lists with one name a line, and where they may be. */
const LISTS = ["classes.txt", "obj.names", "classes.names", "labels.txt", "_darknet.labels"];
const FOLDERS = [".", "labels", "labels/train", "train/labels", "train"];
const NOTES = "notes.json";

/** Class names and the file that has them. */
export interface ClassFile {
  readonly classNames: readonly string[];
  /** Its path below the data set's folder. */
  readonly file: string;
}

/**
 * The class names in the files of a data set.
 * @param named a file that another file names, which counts before all others
 * @returns null if there is no such file, or it cannot be used, which is reported
 */
export async function readClassFiles(
  root: string,
  report: (problem: Problem) => void,
  named: string | null = null,
): Promise<ClassFile | null> {
  const paths = [
    ...(named === null ? [] : [named]),
    ...FOLDERS.flatMap((folder) => LISTS.map((name) => join(root, folder, name))),
    join(root, NOTES),
  ].filter((path) => isThere(path) && !isFolder(path));
  for (const [i, path] of paths.entries()) {
    const file = pathBelow(root, path);
    try {
      const text = await readText(path, MAX_BYTES);
      const names = basename(path) === NOTES ? namesInNotes(text) : namesInLines(text);
      const problem = problemOf(names);
      if (names && problem === null) {
        await reportOthers(names, { root, file, others: paths.slice(i + 1), report });
        return { classNames: names, file };
      }
      report({
        severity: "warning",
        file,
        message: `it is not used for class names: ${problem ?? "it does not list any"}`,
      });
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      report({
        severity: "warning",
        file,
        message: `it is not used for class names, because it cannot be read (${error.message})`,
      });
    }
  }
  return null;
}

/** Reports lists with other names, or in another order: it is not sure which of them is right. */
async function reportOthers(
  names: readonly string[],
  context: {
    readonly root: string;
    readonly file: string;
    readonly others: readonly string[];
    readonly report: (problem: Problem) => void;
  },
): Promise<void> {
  const { root, file, others, report } = context;
  for (const path of others.filter((other) => basename(other) !== NOTES)) {
    // A list that cannot be read contradicts nothing.
    const text = await readText(path, MAX_BYTES).catch(() => "");
    const found = namesInLines(text);
    if (problemOf(found) === null && found && !isSameClassList(found, names))
      report({
        severity: "warning",
        file: pathBelow(root, path),
        message: `it lists the classes ${shortened(found.join(", "))}, and ${file}, which is used, ${shortened(names.join(", "))}: remove the one that is wrong`,
      });
  }
}

function namesInLines(text: string): string[] | null {
  const lines = text
    .replace(/^\uFEFF/, "")
    .trimEnd()
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim());
  return lines.some(Boolean) ? lines : null;
}

/** `{ "categories": [{ "id": 0, "name": "ring" }] }`; null for any other content. */
function namesInNotes(text: string): string[] | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  const { categories } = (content ?? {}) as { categories?: unknown };
  if (!Array.isArray(categories)) return null;
  const names: string[] = [];
  for (const entry of categories as unknown[]) {
    const { id, name } = (entry ?? {}) as { id?: unknown; name?: unknown };
    if (typeof id !== "number" || !(id >= 0 && id < MAX_CLASSES) || typeof name !== "string")
      return null;
    names[id] = name;
  }
  return names.length && Array.from(names).every((name) => name !== undefined) ? names : null;
}

/** What is wrong with class names; null if nothing is. */
function problemOf(names: readonly string[] | null): string | null {
  if (!names) return null;
  if (names.length > MAX_CLASSES) return `it has ${names.length} lines`;
  if (names.some((name) => !name)) return "a name is empty";
  return new Set(names).size < names.length ? "a name is there twice" : null;
}
