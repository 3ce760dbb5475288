/** Makes the listing of a data set from what its annotation files say. */
import { readdirSync } from "fs";
import { dirname } from "path";
import type { AnnotationUnit } from "../../annotation-collector";
import { type Problem, shortened } from "../../checks";
import { pathBelow, type Report } from "../../folders";
import { isDicomName } from "../../image-files";
import type { FormatOptions, ListedImage, ListedSplit, Listing } from "../format";
import { oneSplitEach, patientOf, usableImages } from "./choose-images";
import { type ClassIndex, indexClasses } from "./class-index";
import {
  type DescribedSet,
  type FoundFile,
  type ListingContext,
  listOf,
  numberOf,
} from "./described-set";
import { DicomImage } from "./dicom-image";
import { findFiles, imageFilesIn, isReadable } from "./find-files";
import { readBoxes } from "./read-boxes";
import { isListName, ONLY_SPLIT, splitInFolders, splitRank } from "./split-names";

/** An image with its split. */
interface PlacedImage {
  readonly split: string;
  /** The file or folder that gives the split. */
  readonly place: string;
  readonly image: ListedImage;
}

/**
 * Lists the images of a data set: finds their files, puts each into one split, and reports what was
 * left out.
 * @param root the data set's folder
 * @param set what the annotation files say
 * @throws when none of the images that the files name is there
 */
export function listImages(root: string, set: DescribedSet, options: FormatOptions): Listing {
  const problems: Problem[] = [...set.problems];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  const context: ListingContext = { root, placeOf: set.placeOf, report };
  const classes = indexClasses(set.classNames, options.classNames);
  reportOtherClasses(set, classes, report);
  const paths = imageFilesIn(root, report).filter((path) => !set.otherFiles?.has(path));
  const { files, named } = findFiles(paths, set.images, context);
  if (!files.length) throw new Error(noImages(root, set, problems));
  const images = usableImages(oneSplitEach(files, context), context).map((file): PlacedImage => {
    const [{ split, file: place }] = file.descriptions;
    const patient = patientOf(file, context);
    return { split, place, image: listedImage(file, { root, classes, unit: set.unit, patient }) };
  });
  const unlisted = paths.filter((path) => isReadable(path) && !named.has(path));
  const splits = splitsOf([...images, ...unlistedImages(unlisted, { set, options }, context)]);
  if (splits.length === 1) reportLists(root, splits[0].name, report);
  return { splits, classNames: classes.names, problems, notes: set.notes };
}

/** Reports lists of splits in the data set's folder, which are not read. */
function reportLists(root: string, split: string, report: Report): void {
  const lists = readdirSync(root).filter(isListName);
  if (lists.length)
    report(
      "warning",
      root,
      `files that are called like lists of splits were not read, so all images are in '${split}': ${numberOf(lists)}; put the images of each split into a folder with its name`,
    );
}

function noImages(root: string, { images }: DescribedSet, problems: readonly Problem[]): string {
  const reasons = problems.map(({ file, message }) => `\n${file}: ${message}`).join("");
  if (!images.length) return `${root}: its annotation files describe no images${reasons}`;
  const names = images.map(({ names: [name] }) => name);
  return `${root}: none of the ${images.length} images that its annotation files describe is below this folder; they are called ${listOf(names)}${reasons}`;
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
  for (const [name, { place, count }] of counts)
    report(
      "warning",
      place,
      `boxes of the class '${shortened(name)}', which is not among ${shortened(classes.names.join(", "))}, were left out: ${count}`,
    );
}

/** An image whose annotations are read after it was decoded. */
function listedImage(
  { path, descriptions }: FoundFile,
  context: {
    readonly root: string;
    readonly classes: ClassIndex;
    readonly unit: AnnotationUnit;
    readonly patient: string | undefined;
  },
): ListedImage {
  const { root, classes, unit, patient } = context;
  const dicom = isDicomName(path) ? new DicomImage(path) : null;
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

/** Reports images that no annotation file names, and returns them if the options say so. */
function unlistedImages(
  paths: readonly string[],
  { set, options }: { readonly set: DescribedSet; readonly options: FormatOptions },
  { root, report }: ListingContext,
): PlacedImage[] {
  if (!paths.length) return [];
  const isChosen = options.unlisted === "no-boxes";
  const isNegative = isChosen && !set.hasLostImages;
  const names = paths.map((path) => pathBelow(root, path));
  const message = isNegative
    ? "images that no annotation file names count as images without boxes"
    : isChosen
      ? "images that no annotation file names were left out, because annotations were left out whose images are unknown"
      : "images that no annotation file names were left out (the option 'unlisted' with the value no-boxes makes them images without boxes)";
  report("warning", root, `${message}: ${numberOf(names)}`);
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

/** The images by split, those of training first. */
function splitsOf(images: readonly PlacedImage[]): ListedSplit[] {
  const splits = new Map<string, { place: string; images: ListedImage[] }>();
  for (const { split, place, image } of images) {
    const listed = splits.get(split);
    if (listed) listed.images.push(image);
    else splits.set(split, { place, images: [image] });
  }
  return Array.from(splits, ([name, { place, images: listed }]): ListedSplit => ({
    name,
    place,
    images: listed.sort((a, b) => (a.path < b.path ? -1 : 1)),
  })).sort((a, b) => splitRank(a.name) - splitRank(b.name));
}
