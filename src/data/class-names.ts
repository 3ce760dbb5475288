/** Names of classes, and how many there can be. */

/**
 * A data set has at most this many classes. A higher class number in a label is a mistake, and
 * would need as many names.
 */
export const MAX_CLASSES = 1000;

/** Names for classes that no file names: `class 0`, `class 1` and so on. */
export function numberedClasses(count: number): string[] {
  return Array.from({ length: count }, (_, classId) => `class ${classId}`);
}
