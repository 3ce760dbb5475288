/** Finds the files of the images that annotation files describe. */
import { dirname, join } from "path";
import { filesIn, pathBelow, type Report } from "../../folders";
import { isDicomName, isImage, isUnreadKind } from "../../image-files";
import type { DescribedImage } from "./described-image";
import { type FoundFile, type ListingContext, listOf, numberOf } from "./described-set";
import { type FoundImage, ImageFinder } from "./image-finder";
import { groupBy } from "../../../util/group-by";

/** All files of a data set that can be images, also those of kinds that are not read. */
export function imageFilesIn(root: string, report: Report): string[] {
  return filesIn(root, report).filter((path) => isImage(path) || isUnreadKind(path));
}

/** Whether the pixels of a file can be read. */
export function isReadable(path: string): boolean {
  return isImage(path) || isDicomName(path);
}

/**
 * Finds the files of described images. Reports names without a file, by annotation file.
 * @param paths of all image files, absolute
 * @returns the files, and the paths of all files that may belong to a name
 */
export function findFiles(
  paths: readonly string[],
  images: readonly DescribedImage[],
  context: ListingContext,
): { files: FoundFile[]; named: ReadonlySet<string> } {
  const { root, placeOf } = context;
  const finder = new ImageFinder(
    paths.map((path) => pathBelow(root, path)),
    isReadable,
  );
  const byPath = new Map<string, DescribedImage[]>();
  const named = new Set<string>();
  for (const [place, group] of groupBy(images, ({ file }) => placeOf(file))) {
    const found = findNames(finder, group, context);
    reportNames(place, { images: group, found }, context);
    found.forEach((one, i) => {
      if (one.kind === "missing") return;
      for (const path of one.kind === "found" ? [one.path] : one.paths) named.add(join(root, path));
      if (one.kind !== "found" || !isReadable(one.path)) return;
      const path = join(root, one.path);
      const others = byPath.get(path);
      if (others) others.push(group[i]);
      else byPath.set(path, [group[i]]);
    });
  }
  return { files: Array.from(byPath, ([path, descriptions]) => ({ path, descriptions })), named };
}

/** Finds images by the first of their names, and those that are missing by their next name. */
function findNames(
  finder: ImageFinder,
  images: readonly DescribedImage[],
  { root }: ListingContext,
): FoundImage[] {
  const found: FoundImage[] = images.map(() => ({ kind: "missing" }));
  const most = images.reduce((count, { names }) => Math.max(count, names.length), 0);
  for (let n = 0; n < most; n++) {
    const open = images.flatMap((image, i) =>
      found[i].kind === "missing" && n < image.names.length ? [{ image, i }] : [],
    );
    const names = open.map(({ image }) => ({
      name: image.names[n],
      folder: pathBelow(root, dirname(image.file)),
      split: image.split,
    }));
    const taken = new Set(found.flatMap((one) => (one.kind === "found" ? one.path : [])));
    finder.find(names).forEach((one, k) => {
      // A file that belongs to a first name is not taken for the second name of another image.
      if (one.kind !== "found" || !taken.has(one.path)) found[open[k].i] = one;
    });
  }
  return found;
}

/** Reports names that have no file, several files, or a file of another name. */
function reportNames(
  place: string,
  {
    images,
    found,
  }: { readonly images: readonly DescribedImage[]; readonly found: readonly FoundImage[] },
  { report }: ListingContext,
): void {
  const missing: string[] = [];
  const ambiguous: string[] = [];
  const unread: string[] = [];
  const renamed: string[] = [];
  found.forEach((one, i) => {
    const [name] = images[i].names;
    if (one.kind === "missing") missing.push(name);
    else if (one.kind === "ambiguous") ambiguous.push(`${name} (${listOf(one.paths)})`);
    else if (!isReadable(one.path)) unread.push(one.path);
    else if (one.difference !== "none") renamed.push(`${name} (${one.path})`);
  });
  const warn = (names: readonly string[], message: string) => {
    if (names.length)
      report("warning", place, `${message}: ${numberOf(names)} of ${images.length}`);
  };
  warn(missing, "images that are annotated, and whose files are missing, were left out");
  warn(
    ambiguous,
    "images were left out, because several files have their name or several names fit one file; write the names with their folders",
  );
  warn(unread, "images of a kind that is not read were left out; convert them to PNG");
  warn(renamed, "images were found in files whose names differ in case or ending");
}
