/** The names that the user gives to the classes of a data set, in place of those in its files. */
import { foldedClass } from "./class-names";

/** The names of the classes after the choice of the user. */
export interface ChosenClasses {
  /** By the class index in the files; null if nothing names the classes. */
  readonly names: readonly string[] | null;
  /** The same names in the order that the user chose; null for the order of the files. */
  readonly order: readonly string[] | null;
}

/**
 * Puts chosen names in the place of those in the files, one by one. The names of the files in
 * another order only change the order.
 * @throws when some of the names are those of other classes in the files, so that it is not clear
 * what is meant
 */
export function chooseClasses(
  inFiles: readonly string[] | null,
  chosen: readonly string[] | undefined,
): ChosenClasses {
  if (!chosen || !inFiles) return { names: chosen ?? inFiles, order: null };
  const ours = chosen.map(foldedClass);
  const theirs = inFiles.map(foldedClass);
  const isMoved = ours.some((name, i) => theirs.includes(name) && theirs[i] !== name);
  if (!isMoved) return { names: chosen, order: null };
  const places = theirs.map((name) => ours.indexOf(name));
  if (
    chosen.length !== inFiles.length ||
    new Set(places).size < inFiles.length ||
    places.includes(-1)
  )
    throw new Error(
      `the classes ${chosen.join(", ")} were given, and some of these names are those of other classes in the files, which are ${inFiles.join(", ")}: ` +
        "give a new name for each of them, in their order, or write old=new for those that you rename",
    );
  return { names: places.map((place) => chosen[place]), order: chosen };
}
