/** What a format read from its annotation files, and what listing its images needs. */
import type { AnnotationUnit } from "../../annotation-collector";
import { type Problem, shortened } from "../../checks";
import type { Report } from "../../folders";
import type { DescribedImage } from "./described-image";

/** Names that a message lists. */
const MAX_NAMES = 3;

/** Everything that a format read from its annotation files. */
export interface DescribedSet {
  readonly images: readonly DescribedImage[];
  /** Names of the classes in the files, in the order of their indices. */
  readonly classNames: readonly string[];
  /** What the number of an annotation counts. */
  readonly unit: AnnotationUnit;
  /** The file or folder that problems with an annotation file's images are reported for. */
  readonly placeOf: (file: string) => string;
  /**
   * Whether annotations were left out whose images are unknown. Then an image that no file names
   * may have boxes.
   */
  readonly hasLostImages: boolean;
  /** Absolute paths of image files that are not images of the data set, such as masks. */
  readonly otherFiles?: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** What the steps of listing share. */
export interface ListingContext {
  /** The data set's folder. */
  readonly root: string;
  readonly placeOf: DescribedSet["placeOf"];
  readonly report: Report;
}

/** An image file with everything that is said about it. */
export interface FoundFile {
  /** Absolute path of the image. */
  readonly path: string;
  readonly descriptions: readonly DescribedImage[];
}

/** The number of names, and the first of them, for a message: `4 (a, b, c and 1 more)`. */
export function numberOf(names: readonly string[]): string {
  return `${names.length} (${listOf(names)})`;
}

/** The first names of a list, for a message. */
export function listOf(names: readonly string[]): string {
  const first = names.slice(0, MAX_NAMES).map((name) => shortened(name));
  const rest = names.length - first.length;
  return first.join(", ") + (rest ? ` and ${rest} more` : "");
}
