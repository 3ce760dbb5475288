/** Matches the classes of a data set with those of a trained detector: by name, not by number. */
import { type ClassChanges, changeClasses } from "./class-map";
import { foldedClass, placesOf } from "./class-names";
import type { Dataset } from "./dataset";

/** A data set with the class indices of a detector. */
export interface MatchedClasses {
  /** The data set, with the class indices of `dataset.classNames`. */
  readonly dataset: Dataset;
  /**
   * Whether the detector has the classes of all boxes, so that class-aware metrics have a meaning.
   */
  isClassAware(part: Dataset): boolean;
  /** What to know of the classes of a part, in one sentence; null if there is nothing. */
  note(part: Dataset): string | null;
}

/**
 * Matches the classes of a data set with those of a detector.
 * @param detector its class names, and the changes that were made to the classes of its training
 * data: the same changes are made here
 * @returns a data set whose classes are those of the detector, in their order, and after them those
 * that only the data set has
 */
export function matchClasses(
  original: Dataset,
  {
    classNames,
    changes = {},
  }: { readonly classNames: readonly string[]; readonly changes?: ClassChanges },
): MatchedClasses {
  const { dataset, applied } = applyChanges(original, changes);
  const places = placesOf(dataset.classNames, classNames);
  const union = [...classNames];
  const indices = places.map((place, i) => place ?? union.push(dataset.classNames[i]) - 1);
  const unknownIn = (part: Dataset) => {
    const used = new Set(
      part.images.flatMap(({ annotations }) => annotations.map(({ classId }) => classId)),
    );
    return union.filter((_, i) => i >= classNames.length && used.has(i));
  };
  return {
    dataset: dataset.withClasses(union, indices),
    isClassAware: (part) => !unknownIn(part).length,
    note(part) {
      const unknown = unknownIn(part);
      if (!unknown.length) return applied;
      const example = unknown.map((name) => `${name}=${classNames[0]}`).join(",");
      return (
        `${applied === null ? "" : `${applied}. `}The detector has no class ${list(unknown)}: only class-agnostic metrics are computed. ` +
        `Its classes are ${list(classNames)}; if they mean the same, map the names, for example with --classes ${quotedForShell(example)}; ` +
        `a class that means that nothing is there is declared with --background`
      );
    },
  };
}

/** Makes the changes that fit the data set, and says so in a sentence without a full stop. */
function applyChanges(
  dataset: Dataset,
  { renamedClasses = {}, background = [] }: ClassChanges,
): { dataset: Dataset; applied: string | null } {
  const present = new Set(dataset.classNames.map(foldedClass));
  const isPresent = (name: string) => present.has(foldedClass(name));
  const renames = Object.entries(renamedClasses).filter(([name]) => isPresent(name));
  const taken = background.filter(isPresent);
  if ((!renames.length && !taken.length) || taken.length === dataset.classNames.length)
    return { dataset, applied: null };
  const { classNames, places } = changeClasses(dataset.classNames, {
    renamedClasses: Object.fromEntries(renames),
    background: taken,
  });
  const parts = [
    ...(taken.length ? [`boxes of ${list(taken)} mean that nothing is there`] : []),
    ...renames.map(([name, renamed]) => `'${name}' means '${renamed}'`),
  ];
  return {
    dataset: dataset.withClasses(classNames, places),
    applied: `As in training, ${parts.join(", and ")}`,
  };
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}

function quotedForShell(text: string): string {
  return /^[\w.,=-]+$/.test(text) ? text : `"${text}"`;
}
