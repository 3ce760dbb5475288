/**
 * COCO: JSON files with the lists `images`, `annotations` and `categories`, one for each split or
 * one for all, beside the folders of the images.
 */
import { statSync } from "fs";
import { basename } from "path";
import type { Problem } from "../../checks";
import { pathBelow } from "../../folders";
import { UnreadableFile, readText } from "../../read-file";
import type { DatasetFormat, FormatOptions, Listing, Recognition } from "../format";
import { annotationFilesIn, containsAll, splitsOfFiles } from "../shared/annotation-files";
import { confidenceBesideYolo } from "../shared/beside-yolo";
import type { DescribedImage } from "../shared/described-image";
import { FileProblems } from "../shared/file-problems";
import { listImages } from "../shared/list-images";
import { ONLY_SPLIT, splitInFolders } from "../shared/split-names";
import { parseCoco } from "./parse-coco";

/** Bytes; a longer text does not fit into a string. The training images of COCO have 450 MB. */
const MAX_BYTES = 500_000_000;

/** The COCO format, as cocodataset.org describes it for object detection. */
export const coco: DatasetFormat = {
  name: "coco",
  expects:
    "a COCO file with images, annotations and categories, such as annotations/instances_train.json or train/_annotations.coco.json",
  recognize,
  read,
};

async function recognize(folder: string): Promise<Recognition | null> {
  const [file] = await cocoFilesIn(folder);
  if (file === undefined) return null;
  return {
    confidence: await confidenceBesideYolo(folder),
    evidence: `${pathBelow(folder, file)} is a COCO file`,
  };
}

/**
 * The COCO files of a data set. Where there are files of the COCO benchmark for other tasks beside
 * `instances_train.json`, such as key points, only those for detection.
 */
async function cocoFilesIn(root: string): Promise<string[]> {
  const files: string[] = [];
  for (const file of annotationFilesIn(root, [".json"])) if (await isCoco(file)) files.push(file);
  const instances = files.filter((file) => /instances/i.test(basename(file)));
  const others = files.filter((file) => /keypoints|captions|panoptic/i.test(basename(file)));
  return instances.length ? files.filter((file) => !others.includes(file)) : files;
}

async function isCoco(file: string): Promise<boolean> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  const lists = ['"images"', '"annotations"'];
  return (
    (await containsAll(file, [...lists, '"categories"'])) ||
    (await containsAll(file, [...lists, '"bbox"', '"image_id"']))
  );
}

async function read(root: string, options: FormatOptions): Promise<Listing> {
  const files = await cocoFilesIn(root);
  if (!files.length)
    throw new Error(
      `${root}: no COCO file was found, which is a JSON file with images, annotations and categories at most three folders below`,
    );
  const splits = splitsOfFiles(root, files);
  const problems: Problem[] = [];
  const notes: string[] = [];
  const images: DescribedImage[] = [];
  let hasLostImages = false;
  // In a map the first entry of a name keeps its place: the classes of the first file come first.
  const classNames = new Set<string>();
  // Training first, so that its classes keep their order.
  const ordered = [...files].sort((a, b) => orderOf(splits.get(a)!) - orderOf(splits.get(b)!));
  for (const file of ordered) {
    const found = new FileProblems(pathBelow(root, file));
    const content = await readFile(file, splits.get(file)!, found);
    problems.push(...found.result());
    hasLostImages ||= content?.hasLostImages ?? true;
    if (!content) continue;
    for (const { name } of content.categories) classNames.add(name);
    const parted = files.length === 1 ? withSplitsOfFolders(content.images) : content.images;
    for (const image of parted) images.push(image);
    const boxes = parted.reduce((sum, image) => sum + image.boxes.length, 0);
    notes.push(
      `${pathBelow(root, file)} describes ${parted.length} images with ${boxes} annotations.`,
    );
  }
  return listImages(
    root,
    {
      images,
      classNames: Array.from(classNames),
      unit: "annotation",
      placeOf: (file) => file,
      hasLostImages,
      problems,
      notes,
    },
    options,
  );
}

/** Training before other splits. */
function orderOf(split: string): number {
  return split === ONLY_SPLIT ? 0 : 1;
}

async function readFile(file: string, split: string, problems: FileProblems) {
  try {
    return parseCoco(await readText(file, MAX_BYTES), { file, split, problems });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    problems.report("error", `it cannot be read (${error.message}): write it again, or remove it`);
    return null;
  }
}

/** If one file describes all images, their folders say the splits, if all of them do. */
function withSplitsOfFolders(images: readonly DescribedImage[]): readonly DescribedImage[] {
  const splits = images.map(({ names: [name] }) => splitInFolders(name.replaceAll("\\", "/")));
  return splits.includes(null)
    ? images
    : images.map((image, i) => ({ ...image, split: splits[i] ?? image.split }));
}
