/** The files of a split, and which label file belongs to which image: the one of the same name. */
import { existsSync } from "fs";
import { basename, extname, join, relative } from "path";
import { Report, filesIn, isWithin, realPath } from "../../folders";
import { SplitFolders, isImage, isUnreadKind } from "./layouts";

export interface SplitFiles {
  readonly folders: SplitFolders;
  readonly images: readonly string[];
  /** Images of kinds that are not read. */
  readonly unread: readonly string[];
  /**
   * Null when there are none to look for: their folder is missing or cannot be listed, which was
   * reported.
   */
  readonly labels: readonly string[] | null;
}

/**
 * Lists a split's folders. `report` hears of folders that cannot be listed, and of files that are
 * links out of the set at `root`.
 */
export function listSplit(root: string, folders: SplitFolders, report: Report): SplitFiles {
  const files = filesIn(folders.images, report);
  const images = files.filter(isImage);
  const labels =
    folders.labels === folders.images
      ? files.filter(isLabel)
      : listLabels(folders, images.length, report);
  reportLinksOut(root, folders.images, images, report);
  reportLinksOut(root, folders.labels, labels ?? [], report);
  return { folders, images, unread: files.filter(isUnreadKind), labels };
}

function listLabels({ labels }: SplitFolders, imageCount: number, report: Report): string[] | null {
  if (!existsSync(labels)) {
    if (imageCount)
      report(
        "warning",
        labels,
        `there is no such folder of labels: ${imageCount} images count as without boxes`,
      );
    return null;
  }
  let isWhole = true;
  const files = filesIn(labels, (severity, path, message) => {
    if (severity === "error") isWhole = false;
    report(severity, path, message);
  });
  return isWhole ? files.filter(isLabel) : null;
}

/** `classes.txt`, which labelling programs leave there, is none. */
function isLabel(path: string): boolean {
  return extname(path).toLowerCase() === ".txt" && basename(path) !== "classes.txt";
}

/**
 * A set of links to images that are kept elsewhere is fine, but whoever hands it on has to know;
 * one message for a folder.
 */
function reportLinksOut(
  root: string,
  folder: string,
  files: readonly string[],
  report: Report,
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
    `files outside the set are read through links here, ${outside.length} of them (${first}): copy them in, or remove the links`,
  );
}

export interface Match {
  readonly label: string;
  /** Whether only the case of the names differs, which is no match everywhere. */
  readonly byCase: boolean;
}

/**
 * Which label belongs to which image. Names match exactly, or else as the same text written in
 * another Unicode form (macOS takes accents apart), or else but for their case, among labels that
 * no other image has.
 * @returns by image; labels of no image are in `orphans`
 */
export function matchLabels({ folders, images, labels }: SplitFiles): {
  matches: Map<string, Match>;
  orphans: string[];
} {
  const matches = new Map<string, Match>();
  const free = new Set(labels);
  for (const form of [(name: string) => name, (name: string) => name.normalize("NFC"), folded]) {
    const byName = new Map(
      Array.from(free, (label) => [form(stemOf(folders.labels, label)), label]),
    );
    for (const image of images) {
      if (matches.has(image)) continue;
      const label = byName.get(form(stemOf(folders.images, image)));
      if (label === undefined) continue;
      matches.set(image, { label, byCase: form === folded });
      free.delete(label);
    }
  }
  // A folder of the label's name is none of the files.
  for (const image of labels ? images : []) {
    const label = join(folders.labels, `${stemOf(folders.images, image)}.txt`);
    if (!matches.has(image) && existsSync(label)) matches.set(image, { label, byCase: false });
  }
  return { matches, orphans: Array.from(free) };
}

/**
 * Images that are one file on some computers, and images that share a label file: each a warning
 * on the later.
 */
export function nameClashes({ folders, images }: SplitFiles): { path: string; message: string }[] {
  const seen = new Map<string, string>();
  return images.flatMap((path) => {
    const name = folded(stemOf(folders.images, path));
    const other = seen.get(name);
    seen.set(name, other ?? path);
    if (other === undefined) return [];
    const twin = relative(folders.images, other);
    return stemOf(folders.images, other) === stemOf(folders.images, path)
      ? [{ path, message: `it has its label file in common with ${twin}: rename one of them` }]
      : [
          {
            path,
            message: `its name differs from ${twin} only in case or accents' form, which is no difference on Windows and macOS: rename one of them`,
          },
        ];
  });
}

/** The path below a folder without its ending. */
function stemOf(folder: string, path: string): string {
  const below = relative(folder, path);
  return below.slice(0, below.length - extname(below).length);
}

function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
