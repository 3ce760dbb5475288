/**
 * Finds the image files that the names in annotation files refer to.
 *
 * Data sets are moved, renamed and converted after they were annotated. A name may therefore be a
 * file name, a path below any folder, or a path of another computer, and its case or its ending
 * may differ from the file's. A name that fits several files is not guessed.
 */
import { stemOf } from "../../image-files";
import { kindOfSplit } from "./split-names";
import { groupBy } from "../../../util/group-by";

/** A name of an image, and what helps to choose between several files of that name. */
export interface ImageName {
  /** A file name, with or without an ending, or a path. */
  readonly name: string;
  /** The folder of the annotation file, as a path below the data set's folder; `.` for itself. */
  readonly folder: string;
  readonly split: string;
}

/** The file of a name. */
export type FoundImage =
  | {
      readonly kind: "found";
      /** Path below the data set's folder. */
      readonly path: string;
      /** How the file's name differs from the name that was looked for. */
      readonly difference: "none" | "case" | "ending";
    }
  | { readonly kind: "missing" }
  /** Several files have this name, or several names fit one file. */
  | { readonly kind: "ambiguous"; readonly paths: readonly string[] };

/** How names are compared, from the strictest to the laxest. */
const LEVELS = [
  { difference: "none", key: (name: string) => name },
  { difference: "case", key: (name: string) => name.toLowerCase() },
  { difference: "ending", key: (name: string) => stemOf(name).toLowerCase() },
] as const;

/** A file as it is compared. */
interface Candidate {
  readonly path: string;
  /** The folders and the name of the path. */
  readonly parts: readonly string[];
}

/** Finds images among the files of a data set. */
export class ImageFinder {
  /** For each level: the files by the key of their name. */
  private readonly byKey: readonly ReadonlyMap<string, readonly Candidate[]>[];

  /**
   * @param paths of all image files, below the data set's folder, with forward slashes
   * @param isReadable whether a file's kind is read; of files that differ only in their endings, a
   * readable one is preferred
   */
  constructor(
    paths: readonly string[],
    private readonly isReadable: (path: string) => boolean,
  ) {
    const candidates = paths.map((path): Candidate => ({ path, parts: partsOf(path) }));
    this.byKey = LEVELS.map(({ key }) => groupBy(candidates, ({ parts }) => key(parts.at(-1)!)));
  }

  /**
   * Finds the files of all names of one annotation file. If no name fits as it is, the names are
   * paths of another place: as many leading folders are left out of each as it takes to find one.
   * @returns one entry for each name
   */
  find(names: readonly ImageName[]): FoundImage[] {
    const parts = names.map(({ name }) => partsOf(name));
    const depth = parts.reduce((most, { length }) => Math.max(most, length), 1);
    let found: FoundImage[] = [];
    for (let dropped = 0; dropped < depth; dropped++) {
      found = names.map((name, i) => this.lookUp(withoutFolders(parts[i], dropped), name));
      if (found.some(({ kind }) => kind !== "missing")) break;
    }
    return withoutClashes(
      found,
      parts.map((part) => part.join("/")),
    );
  }

  /** The file whose path ends with the folders and the name. */
  private lookUp(parts: readonly string[], { folder, split }: ImageName): FoundImage {
    const name = parts.at(-1);
    if (name === undefined) return { kind: "missing" };
    for (const [level, { difference, key }] of LEVELS.entries()) {
      const compare = level === 0 ? (text: string) => text : (text: string) => text.toLowerCase();
      const folders = parts.slice(0, -1).map(compare);
      const fitting = (this.byKey[level].get(key(name)) ?? []).filter(({ parts: own }) => {
        const start = own.length - parts.length;
        return start >= 0 && folders.every((part, i) => part === compare(own[start + i]));
      });
      if (!fitting.length) continue;
      const chosen = this.choose(fitting, { parts, folder: partsOf(folder), split });
      if (!chosen) return { kind: "ambiguous", paths: fitting.map(({ path }) => path) };
      // A name without the ending of an image is completed, not changed.
      const isCompleted = difference === "ending" && stemOf(name) === name;
      return { kind: "found", path: chosen.path, difference: isCompleted ? "none" : difference };
    }
    return { kind: "missing" };
  }

  /**
   * The file that a name refers to, of several files with that name: the one at the path itself,
   * seen from the annotation file or from the data set's folder; else the one whose folders have
   * most in common with those of the annotation file and with the split. Null if that is not clear.
   */
  private choose(
    fitting: readonly Candidate[],
    name: {
      readonly parts: readonly string[];
      readonly folder: readonly string[];
      readonly split: string;
    },
  ): Candidate | null {
    const readable = fitting.filter(({ path }) => this.isReadable(path));
    const files = readable.length ? readable : fitting;
    if (files.length === 1) return files[0];
    for (const start of [name.folder, []]) {
      const exact = [...start, ...name.parts].join("/");
      const file = files.find(({ parts }) => parts.join("/") === exact);
      if (file) return file;
    }
    const near = new Set(name.folder);
    const score = ({ parts }: Candidate) =>
      parts
        .slice(0, -1)
        .filter((part) => near.has(part) || part === name.split || isOfSplit(part, name.split))
        .length;
    const scores = files.map(score);
    const highest = Math.max(...scores);
    const best = files.filter((_, i) => scores[i] === highest);
    return best.length === 1 ? best[0] : null;
  }
}

/** Whether a folder's name, such as `val2017`, says that it is of the split. */
function isOfSplit(folder: string, split: string): boolean {
  const kind = kindOfSplit(folder);
  return kind !== null && kind === kindOfSplit(split);
}

/**
 * Of several names that led to one file, keeps the one that differs least from the file's name; if
 * that is not clear, none of them.
 */
function withoutClashes(found: readonly FoundImage[], names: readonly string[]): FoundImage[] {
  const namesOf = new Map<string, Map<string, number>>();
  found.forEach((one, i) => {
    if (one.kind !== "found") return;
    const level = LEVELS.findIndex(({ difference }) => difference === one.difference);
    const byName = namesOf.get(one.path) ?? new Map<string, number>();
    namesOf.set(one.path, byName.set(names[i], level));
  });
  return found.map((one, i) => {
    if (one.kind !== "found") return one;
    const byName = namesOf.get(one.path)!;
    if (byName.size === 1) return one;
    const lowest = Math.min(...byName.values());
    const best = Array.from(byName.keys()).filter((name) => byName.get(name) === lowest);
    if (best.length > 1) return { kind: "ambiguous", paths: [one.path] };
    return best[0] === names[i] ? one : { kind: "missing" };
  });
}

/** The last parts of a path, without a number of leading folders. */
function withoutFolders(parts: readonly string[], count: number): readonly string[] {
  return parts.slice(Math.min(count, Math.max(parts.length - 1, 0)));
}

/** The folders and the name of a path, whatever its slashes and the form of its accents. */
function partsOf(path: string): string[] {
  return path
    .normalize("NFC")
    .split(/[\\/]/)
    .filter((part) => part !== "" && part !== "." && part !== "..");
}
