/** The files of a split, and which label file belongs to which image: the one of the same name. */
import { existsSync } from "fs";
import { basename, dirname, extname, join, relative } from "path";
import { type Report, filesIn, isWithin, realPath } from "../../folders";
import { isImage, isUnreadKind } from "../../image-files";
import { NamesOnDisk } from "./names-on-disk";
import { labelsBeside, type SplitFolders } from "./split-folders";

/** Lists of class names and of images that programs write beside the label files. */
const NO_LABELS = new Set([
  ...["classes.txt", "labels.txt", "train.txt", "val.txt", "valid.txt", "test.txt"],
  ...["README.dataset.txt", "README.roboflow.txt"],
]);

/** The files of a split, as absolute paths. */
export interface SplitFiles {
  readonly folders: SplitFolders;
  readonly images: readonly string[];
  /** Images of kinds that are not read. */
  readonly unread: readonly string[];
  /** Null if the folder of labels is missing or cannot be listed, which was reported. */
  readonly labels: readonly string[] | null;
}

/**
 * Lists a split's folders.
 * @param root the data set's folder
 * @param report receives folders that cannot be listed, and links to files outside the data set
 */
export function listSplit(root: string, folders: SplitFolders, report: Report): SplitFiles {
  if (folders.list) return listedFiles(root, folders, folders.list.images);
  const files = filesIn(folders.images, report);
  const images = files.filter(isImage);
  const labels =
    folders.labels === folders.images
      ? files.filter(isLabel)
      : listLabels(folders, images.length, report);
  reportLinksOut(root, folders.images, { files: images, report });
  reportLinksOut(root, folders.labels, { files: labels ?? [], report });
  return { folders, images, unread: files.filter(isUnreadKind), labels };
}

/** The files of a split whose images are in a list. */
function listedFiles(root: string, folders: SplitFolders, listed: readonly string[]): SplitFiles {
  const images = listed.filter(isImage);
  const names = new NamesOnDisk(root);
  const labels = images.flatMap((image) => labelOf(names, root, image) ?? []);
  return { folders, images, unread: listed.filter(isUnreadKind), labels };
}

/**
 * The label file of an image: in the folder `labels` beside `images`, or beside it; null if there is
 * none.
 */
function labelOf(names: NamesOnDisk, root: string, image: string): string | null {
  const name = `${basename(image, extname(image))}.txt`;
  const places = [labelsBeside(root, dirname(image)), dirname(image)];
  const paths = places.map((folder) => join(folder, name));
  return (
    paths.find((path) => existsSync(path)) ?? firstPresent(paths.map((path) => names.find(path)))
  );
}

function firstPresent(paths: readonly (string | null)[]): string | null {
  return paths.find((path) => path !== null) ?? null;
}

function listLabels({ labels }: SplitFolders, imageCount: number, report: Report): string[] | null {
  if (!existsSync(labels)) {
    if (imageCount)
      report(
        "warning",
        labels,
        `the folder of labels does not exist: ${imageCount} images count as images without boxes`,
      );
    return null;
  }
  let isComplete = true;
  const files = filesIn(labels, (severity, path, message) => {
    if (severity === "error") isComplete = false;
    report(severity, path, message);
  });
  return isComplete ? files.filter(isLabel) : null;
}

function isLabel(path: string): boolean {
  return extname(path).toLowerCase() === ".txt" && !NO_LABELS.has(basename(path));
}

/**
 * Reports, once a folder, that files are links to places outside the data set: they are read, but
 * they are missing from a copy of the folder.
 */
function reportLinksOut(
  root: string,
  folder: string,
  { files, report }: { readonly files: readonly string[]; readonly report: Report },
): void {
  const home = realPath(root);
  const outside = files
    .map((path) => ({ path, real: realPath(path) }))
    .filter(({ real, path }) => real !== path && !isWithin(home, real));
  if (!outside.length) return;
  const [{ path, real }] = outside;
  const first = `the first is ${relative(folder, path)}, at ${real}`;
  report(
    "warning",
    folder,
    `${outside.length} of its files are links to files outside the data set (${first}): copy the files in, or remove the links`,
  );
}

/** The label file of an image. */
export interface Match {
  /** Absolute path of the label file. */
  readonly label: string;
  /** Whether the names differ in case, so that they do not match on every system. */
  readonly isByCase: boolean;
}

/**
 * Finds the label file of each image. Names match if they are equal; otherwise, among the labels
 * that belong to no image, if they are the same text in another Unicode form (macOS separates
 * accents from letters); otherwise if they differ only in case.
 * @returns the matches by image, and the label files that belong to no image
 */
export function matchLabels({ folders, images, labels }: SplitFiles): {
  matches: Map<string, Match>;
  orphans: string[];
} {
  const matches = new Map<string, Match>();
  if (folders.list) {
    const names = new NamesOnDisk(folders.images);
    for (const image of images) {
      const label = labelOf(names, folders.images, image);
      if (label === null) continue;
      const [ofImage, ofLabel] = [image, label].map((path) =>
        basename(path, extname(path)).normalize("NFC"),
      );
      matches.set(image, { label, isByCase: ofImage !== ofLabel });
    }
    return { matches, orphans: [] };
  }
  const free = new Set(labels);
  for (const form of [(name: string) => name, (name: string) => name.normalize("NFC"), folded]) {
    const byName = new Map(
      Array.from(free, (label) => [form(stemOf(folders.labels, label)), label]),
    );
    for (const image of images) {
      if (matches.has(image)) continue;
      const label = byName.get(form(stemOf(folders.images, image)));
      if (label === undefined) continue;
      matches.set(image, { label, isByCase: form === folded });
      free.delete(label);
    }
  }
  // A folder with the name of a label file is not among the files; reading it reports the reason.
  for (const image of labels ? images : []) {
    const label = join(folders.labels, `${stemOf(folders.images, image)}.txt`);
    if (!matches.has(image) && existsSync(label)) matches.set(image, { label, isByCase: false });
  }
  return { matches, orphans: Array.from(free) };
}

/**
 * Images whose names are the same on some systems, and images that share a label file: one message
 * for the later of two.
 */
export function nameClashes({ folders, images }: SplitFiles): { path: string; message: string }[] {
  const seen = new Map<string, string>();
  return images.flatMap((path) => {
    const name = folded(stemOf(folders.images, path));
    const other = seen.get(name);
    seen.set(name, other ?? path);
    if (other === undefined) return [];
    const otherName = relative(folders.images, other);
    return stemOf(folders.images, other) === stemOf(folders.images, path)
      ? [{ path, message: `it has the same label file as ${otherName}: rename one of them` }]
      : [
          {
            path,
            message: `its name differs from ${otherName} only in case or in the form of its accents, which is the same name on Windows and macOS: rename one of them`,
          },
        ];
  });
}

/** The path below a folder without its ending. */
function stemOf(folder: string, path: string): string {
  const below = relative(folder, path);
  return below.slice(0, below.length - extname(below).length);
}

/** A name as file systems compare it that ignore case. */
function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
