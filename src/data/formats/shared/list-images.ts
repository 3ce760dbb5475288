/**
 * Makes the listing of a data set from what its annotation files say: finds the images, puts each
 * into one split, and reports what was left out.
 */
import { dirname, join } from "path";
import type { AnnotationUnit } from "../../annotation-collector";
import { type Problem, shortened } from "../../checks";
import { filesIn, pathBelow, type Report } from "../../folders";
import { isDicomName, isImage, isUnreadKind } from "../../image-files";
import type { FormatOptions, ListedImage, ListedSplit, Listing } from "../format";
import { type ClassIndex, indexClasses } from "./class-index";
import type { DescribedImage } from "./described-image";
import { DicomImage } from "./dicom-image";
import { type FoundImage, ImageFinder } from "./image-finder";
import { readBoxes } from "./read-boxes";
import { ONLY_SPLIT, splitInFolders, splitRank } from "./split-names";

/** Names that a message lists. */
const MAX_NAMES = 3;

/** What a format read from its annotation files. */
export interface DescribedSet {
  readonly images: readonly DescribedImage[];
  /** Names of the classes in the files, in the order of their indices. */
  readonly classNames: readonly string[];
  /** What the number of an annotation counts. */
  readonly unit: AnnotationUnit;
  /** The file or folder that problems with an annotation file's images are reported for. */
  readonly placeOf: (file: string) => string;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

/** An image file with everything that is said about it. */
interface FoundFile {
  readonly path: string;
  readonly descriptions: readonly DescribedImage[];
}

/** All files of a data set that can be images, also those of kinds that are not read. */
export function imageFilesIn(root: string, report: Report): string[] {
  return filesIn(root, report).filter((path) => isImage(path) || isUnreadKind(path));
}

/** Whether the pixels of a file can be read. */
function isReadable(path: string): boolean {
  return isImage(path) || isDicomName(path);
}

/**
 * Lists the images of a data set.
 * @param root the data set's folder
 * @param set what the annotation files say
 * @throws when none of the images that the files name is there
 */
export function listImages(root: string, set: DescribedSet, options: FormatOptions): Listing {
  const problems: Problem[] = [...set.problems];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  const paths = imageFilesIn(root, report);
  const classes = indexClasses(set.classNames, options.classNames);
  reportOtherClasses(set, classes, report);
  const found = findFiles(root, { paths, set, report });
  if (!found.length) throw new Error(noImages(root, set, problems));
  const named = new Set(found.map(({ path }) => path));
  const files = oneSplitEach(found, { set, root, report }).filter((file) =>
    isUsable(file, { set, root, report }),
  );
  const images = files.map(({ path, descriptions }) => ({
    split: descriptions[0].split,
    place: descriptions[0].file,
    image: listedImage(root, { path, descriptions }, { classes, unit: set.unit }),
  }));
  const unlisted = paths.filter((path) => isReadable(path) && !named.has(path));
  for (const image of reportUnlisted(root, unlisted, { options, report })) images.push(image);
  const splits = new Map<string, { place: string; images: ListedImage[] }>();
  for (const { split, place, image } of images) {
    const listed = splits.get(split);
    if (listed) listed.images.push(image);
    else splits.set(split, { place, images: [image] });
  }
  const sorted = Array.from(splits, ([name, { place, images: listed }]): ListedSplit => ({
    name,
    place,
    images: sortedByPath(listed),
  })).sort((a, b) => splitRank(a.name) - splitRank(b.name));
  return { splits: sorted, classNames: classes.names, problems, notes: set.notes };
}

function sortedByPath(images: readonly ListedImage[]): ListedImage[] {
  return [...images].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function noImages(root: string, { images }: DescribedSet, problems: readonly Problem[]): string {
  const files = new Set(images.map(({ file }) => pathBelow(root, file)));
  const names = images.map(({ names: [name] }) => name);
  const reasons = problems.map(({ file, message }) => `\n${file}: ${message}`);
  return images.length
    ? `${root}: none of the ${images.length} images that ${listOf(Array.from(files))} ${files.size === 1 ? "names" : "name"} is below this folder. They are called ${listOf(names)}${reasons.join("")}`
    : `${root}: its annotation files name no images${reasons.join("")}`;
}

/** Finds the files of all descriptions. Reports names without a file, by annotation file. */
function findFiles(
  root: string,
  {
    paths,
    set,
    report,
  }: { readonly paths: readonly string[]; readonly set: DescribedSet; readonly report: Report },
): FoundFile[] {
  const finder = new ImageFinder(
    paths.map((path) => pathBelow(root, path)),
    isReadable,
  );
  const byPath = new Map<string, DescribedImage[]>();
  for (const [place, images] of groupBy(set.images, ({ file }) => set.placeOf(file))) {
    const found = findNames(root, finder, images);
    reportNames(place, { images, found, report });
    found.forEach((one, i) => {
      if (one.kind !== "found" || !isReadable(one.path)) return;
      const path = join(root, one.path);
      const others = byPath.get(path);
      if (others) others.push(images[i]);
      else byPath.set(path, [images[i]]);
    });
  }
  return Array.from(byPath, ([path, descriptions]) => ({ path, descriptions }));
}

/** Finds images by the first of their names, and those that are missing by their next name. */
function findNames(
  root: string,
  finder: ImageFinder,
  images: readonly DescribedImage[],
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
    report,
  }: {
    readonly images: readonly DescribedImage[];
    readonly found: readonly FoundImage[];
    readonly report: Report;
  },
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
      report(
        "warning",
        place,
        `${count(names, "image")} of ${images.length} ${message}: ${listOf(names)}`,
      );
  };
  warn(missing, "that it names are missing and were left out");
  warn(
    ambiguous,
    "were left out, because it is not clear which file belongs to which name; write the names with their folders",
  );
  warn(unread, "are of a kind that is not read and were left out; convert them to PNG");
  warn(renamed, "have another case or ending in their file's name");
}

/**
 * Puts each image into one split. Of images in several splits, the one that is kept from training
 * counts, so that metrics are not too good.
 */
function oneSplitEach(
  files: readonly FoundFile[],
  {
    set,
    root,
    report,
  }: { readonly set: DescribedSet; readonly root: string; readonly report: Report },
): FoundFile[] {
  const conflicts = new Map<string, { place: string; names: string[] }>();
  const resolved = files.map(({ path, descriptions }) => {
    // The sort is stable: in one split, the first description comes first.
    const [first] = [...descriptions].sort((a, b) => splitRank(b.split) - splitRank(a.split));
    const used = descriptions.filter(
      ({ file, split }) => file === first.file && split === first.split,
    );
    const others = descriptions.filter((description) => !used.includes(description));
    for (const other of others) {
      const isSameSplit = other.split === first.split;
      const text = isSameSplit
        ? `also in ${pathBelow(root, first.file)}, from which they were taken`
        : `in the splits '${first.split}' and '${other.split}', and only '${first.split}' has them now`;
      const place = set.placeOf(other.file);
      const key = `${place}\n${text}`;
      const conflict = conflicts.get(key) ?? { place, names: [] };
      conflict.names.push(pathBelow(root, path));
      conflicts.set(key, conflict);
    }
    return { path, descriptions: used };
  });
  for (const [key, { place, names }] of conflicts)
    report(
      "warning",
      place,
      `${count(names, "image")} ${names.length === 1 ? "is" : "are"} ${key.split("\n")[1]}: ${listOf(names)}`,
    );
  return resolved;
}

/**
 * Whether an image may be used. An image of which all annotations were left out is not: it would
 * count as an image without boxes.
 */
function isUsable(
  { path, descriptions }: FoundFile,
  {
    set,
    root,
    report,
  }: { readonly set: DescribedSet; readonly root: string; readonly report: Report },
): boolean {
  const boxes = descriptions.reduce((sum, image) => sum + image.boxes.length, 0);
  const leftOut = descriptions.reduce((sum, image) => sum + image.leftOut, 0);
  if (boxes || !leftOut) return true;
  report(
    "warning",
    set.placeOf(descriptions[0].file),
    `${pathBelow(root, path)}: all of its ${leftOut} annotations were left out, and so was the image: it does not count as an image without boxes`,
  );
  return false;
}

/** An image whose annotations are read when it was decoded. */
function listedImage(
  root: string,
  { path, descriptions }: FoundFile,
  { classes, unit }: { readonly classes: ClassIndex; readonly unit: AnnotationUnit },
): ListedImage {
  const dicom = isDicomName(path) ? new DicomImage(path) : null;
  const patient = descriptions.find((image) => image.patient !== undefined)?.patient;
  return {
    path,
    labelPath: descriptions[0].file,
    ...(dicom ? { decode: dicom.decode } : {}),
    annotate: ({ width, height }) => {
      const read = readBoxes(descriptions, {
        size: { width, height },
        storedSize: dicom?.storedSize ?? null,
        classes,
        unit,
        nameOf: (file) => pathBelow(root, file),
        id: pathBelow(root, path),
      });
      return Promise.resolve(patient === undefined ? read : { ...read, patient });
    },
  };
}

/** Reports images that no annotation file names, and lists them if the options say so. */
function reportUnlisted(
  root: string,
  paths: readonly string[],
  { options, report }: { readonly options: FormatOptions; readonly report: Report },
): { split: string; place: string; image: ListedImage }[] {
  if (!paths.length) return [];
  const isNegative = options.unlisted === "no-boxes";
  const result = isNegative
    ? "count as images without boxes"
    : "were left out; the option 'unlisted' with the value no-boxes makes them images without boxes";
  const names = paths.map((path) => pathBelow(root, path));
  report(
    "warning",
    root,
    `${count(paths, "image")} that no annotation file names ${result}: ${listOf(names)}`,
  );
  if (!isNegative) return [];
  return paths.map((path) => ({
    split: splitInFolders(pathBelow(root, path)) ?? ONLY_SPLIT,
    place: dirname(path),
    image: {
      path,
      labelPath: null,
      ...(isDicomName(path) ? { decode: new DicomImage(path).decode } : {}),
      annotate: () => Promise.resolve({ annotations: [], problems: [] }),
    },
  }));
}

/** Reports boxes of classes that the user did not choose. */
function reportOtherClasses(set: DescribedSet, classes: ClassIndex, report: Report): void {
  const counts = new Map<string, { place: string; count: number }>();
  for (const { file, boxes } of set.images)
    for (const { className } of boxes) {
      if (classes.indexOf(className) !== null) continue;
      const entry = counts.get(className) ?? { place: set.placeOf(file), count: 0 };
      entry.count++;
      counts.set(className, entry);
    }
  for (const [name, { place, count: boxes }] of counts)
    report(
      "warning",
      place,
      `${boxes} boxes of the class '${shortened(name)}' were left out: it is not among the classes ${classes.names.join(", ")}`,
    );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function count(items: readonly unknown[], noun: string): string {
  return `${items.length} ${noun}${items.length === 1 ? "" : "s"}`;
}

/** The first names of a list, for a message. */
function listOf(names: readonly string[]): string {
  const first = names.slice(0, MAX_NAMES).map((name) => shortened(name));
  const rest = names.length - first.length;
  return first.join(", ") + (rest ? ` and ${rest} more` : "");
}
