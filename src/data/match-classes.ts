/** Matches the classes of a data set with those of a trained detector: by name, not by number. */
import { placesOf } from "./class-names";
import type { Dataset } from "./dataset";

/** A data set with the class indices of a detector. */
export interface MatchedClasses {
  /** The data set, with the class indices of `dataset.classNames`. */
  readonly dataset: Dataset;
  /** Whether the detector has the classes of all boxes, so that class-aware metrics have a meaning. */
  isClassAware(part: Dataset): boolean;
  /** What to know of the classes of a part, in one sentence; null if there is nothing. */
  note(part: Dataset): string | null;
}

/**
 * Matches the classes of a data set with those of a detector.
 * @param classNames of the detector
 * @returns a data set whose classes are those of the detector, in their order, and after them those
 * that only the data set has
 */
export function matchClasses(dataset: Dataset, classNames: readonly string[]): MatchedClasses {
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
      if (!unknown.length) return null;
      const example = unknown.map((name) => `${name}=${classNames[0]}`).join(",");
      return (
        `The detector has no class ${list(unknown)}: only class-agnostic metrics are computed. ` +
        `Its classes are ${list(classNames)}; if they mean the same, map the names, for example with --classes ${quotedForShell(example)}`
      );
    },
  };
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}

function quotedForShell(text: string): string {
  return /^[\w.,=-]+$/.test(text) ? text : `"${text}"`;
}
