/** Names of classes: how many there can be, and which names of two lists are the same class. */

/**
 * A data set has at most this many classes. A higher class number in a label is a mistake, and
 * would need as many names.
 */
export const MAX_CLASSES = 1000;

/** Names for classes that no file names: `class 0`, `class 1` and so on. */
export function numberedClasses(count: number): string[] {
  return Array.from({ length: count }, (_, classId) => `class ${classId}`);
}

/**
 * A name without what differs between two spellings of it: case, spaces, hyphens and underscores.
 * `No_Tumor` and `no tumor` are the same class. A hyphen at the end stays, because `HER2-` means the
 * opposite of `HER2`.
 */
export function foldedClass(name: string): string {
  const folded = name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\s_-]+(?=[^\s_-])/g, "")
    .replace(/[\s_]+/g, "");
  return folded || name;
}

/** Whether two lists have the same class names in the same order, whatever their spelling. */
export function isSameClassList(first: readonly string[], second: readonly string[]): boolean {
  return (
    first.length === second.length &&
    first.every((name, i) => foldedClass(name) === foldedClass(second[i]))
  );
}

/**
 * The place of each name in another list, in which the names may be spelled and ordered otherwise.
 * @returns null for a name that is not in the list
 */
export function placesOf(names: readonly string[], others: readonly string[]): (number | null)[] {
  const places = new Map(others.map((name, place) => [foldedClass(name), place]));
  return names.map((name) => places.get(foldedClass(name)) ?? null);
}
