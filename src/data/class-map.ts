/** Changes the classes of a data set: other names, and classes that mean that nothing is there. */
import type { Annotation } from "../types";
import { foldedClass } from "./class-names";

/** What to change. */
export interface ClassChanges {
  /** New names by the names in the data set. Two classes with one new name become one class. */
  readonly renamedClasses?: Readonly<Record<string, string>>;
  /** Classes that mean that nothing is there. Their boxes are taken away. */
  readonly background?: readonly string[];
}

/** The classes after the changes. */
export interface ClassMap {
  /** By class index. */
  readonly classNames: readonly string[];
  /** By the class index in the files: the new index, or null for a class that is taken away. */
  readonly places: readonly (number | null)[];
  /** Pairs of names that became one class because they are two spellings of one name. */
  readonly sameNames: readonly (readonly [string, string])[];
}

/**
 * Applies changes to the names of the classes in a data set.
 * @throws when a change names a class that the data set does not have, or all classes are taken
 * away
 */
export function changeClasses(
  names: readonly string[],
  {
    order = null,
    ...changes
  }: ClassChanges & {
    /** The same names in the order of the new indices; null for their own order. */
    readonly order?: readonly string[] | null;
  },
): ClassMap {
  if (!order) return changeInOrder(names, changes);
  const { places, ...rest } = changeInOrder(order, changes);
  return { ...rest, places: names.map((name) => places[order.indexOf(name)]) };
}

function changeInOrder(
  names: readonly string[],
  { renamedClasses = {}, background = [] }: ClassChanges,
): ClassMap {
  const newNames = new Map(
    Object.entries(renamedClasses).map(([name, renamed]) => [foldedClass(name), renamed]),
  );
  const taken = new Set(background.map(foldedClass));
  const present = new Set(names.map(foldedClass));
  requireClasses("--classes", Object.keys(renamedClasses), { names, present });
  const renamed = names.map((name) => newNames.get(foldedClass(name)) ?? name);
  for (const name of renamed) present.add(foldedClass(name));
  requireClasses("--background", background, { names, present });
  const classNames: string[] = [];
  const sameNames: [string, string][] = [];
  const wanted = new Set(Object.values(renamedClasses).map(foldedClass));
  const places = renamed.map((name, i) => {
    if (taken.has(foldedClass(name)) || taken.has(foldedClass(names[i]))) return null;
    const place = classNames.findIndex((other) => foldedClass(other) === foldedClass(name));
    if (place < 0) return classNames.push(name) - 1;
    // Two classes of one new name are what the user asked for.
    if (!wanted.has(foldedClass(name)) && classNames[place] !== name)
      sameNames.push([classNames[place], name]);
    return place;
  });
  // A data set that names no class has nothing that could be taken away.
  if (names.length && !classNames.length)
    throw new Error(
      `--background names all classes of the data set (${names.join(", ")}): leave one that means a lesion`,
    );
  return { classNames, places, sameNames };
}

function requireClasses(
  option: string,
  chosen: readonly string[],
  { names, present }: { readonly names: readonly string[]; readonly present: ReadonlySet<string> },
): void {
  const unknown = chosen.filter((name) => !present.has(foldedClass(name)));
  if (unknown.length)
    throw new Error(
      `${option}: the data set has no class ${unknown.map((name) => `'${name}'`).join(", ")}; its classes are ${names.join(", ")}`,
    );
}

/** The annotations of the classes that stay, with their new class indices. */
export function changeAnnotations(
  annotations: readonly Annotation[],
  { places }: Pick<ClassMap, "places">,
): Annotation[] {
  return annotations.flatMap((annotation) => {
    const classId = places[annotation.classId];
    return classId === null ? [] : [{ ...annotation, classId }];
  });
}
