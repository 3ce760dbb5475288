/** Maps the class names in annotation files to the indices of the classes. */
import { foldedClass } from "../../class-names";

/** The classes of a data set. */
export interface ClassIndex {
  /** By class index. */
  readonly names: readonly string[];
  /** The index of a class by its name in the files; null if it is not one of the classes. */
  indexOf(name: string): number | null;
}

/**
 * The classes of a data set whose files name the class of each box.
 * @param fileNames the names in the files, in the order of their indices
 * @param chosen the names that the user gave. If the files have some of them, they are the order
 * and the selection of the classes, in any spelling; otherwise they replace the names in the files
 * one by one
 * @throws when they replace the names in the files and are fewer or more
 */
export function indexClasses(
  fileNames: readonly string[],
  chosen: readonly string[] | undefined,
): ClassIndex {
  const folded = new Set(chosen?.map(foldedClass));
  const isSelection = !chosen || fileNames.some((name) => folded.has(foldedClass(name)));
  if (!isSelection && fileNames.length !== chosen.length)
    throw new Error(
      `the classes ${chosen.join(", ")} were given, and the files have ${fileNames.length} others (${fileNames.join(", ")}): ` +
        "give a name for each of them, or names that the files have",
    );
  const names = chosen ?? fileNames;
  const keys = isSelection ? names : fileNames;
  const indices = new Map(keys.map((name, classId) => [name, classId]));
  // Without a choice, two spellings of a class are both listed, so that they can be reported.
  const bySpelling = new Map(chosen && keys.map((name, classId) => [foldedClass(name), classId]));
  return {
    names,
    indexOf: (name) => indices.get(name) ?? bySpelling.get(foldedClass(name)) ?? null,
  };
}
