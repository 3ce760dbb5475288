/**
 * Mask images: an image for each image, whose pixels are 0 outside of lesions. Each connected
 * region is a box, and its value is its class.
 */
import { dirname, join } from "path";
import { inParallel } from "../../../util/in-parallel";
import { UnreadableFile } from "../../read-file";
import type { DatasetFormat, FormatOptions, Listing, Recognition } from "../format";
import type { DescribedImage, Size } from "../shared/described-image";
import { numberOf } from "../shared/described-set";
import { FileProblems } from "../shared/file-problems";
import { imageFilesIn } from "../shared/find-files";
import { listImages } from "../shared/list-images";
import { classesOf, type MaskClasses, type NamedRegion } from "./mask-classes";
import { findMasks, type MaskFile } from "./mask-files";
import { type MaskRegions, readMask } from "./mask-regions";
import { groupBy } from "../../../util/group-by";

/** Of the masks, at least one in this many has an image. */
const MIN_SHARE = 2;
/** Pixels of the smallest region that is a box, unless the option `minArea` says otherwise. */
const DEFAULT_MIN_AREA = 1;
/** Fraction of the image that the background covers, but hardly a lesion. */
const MOST = 0.5;

/** Mask images beside the images, or in a folder of their own. */
export const masks: DatasetFormat = {
  name: "masks",
  expects:
    "mask images, such as 1_mask.png beside 1.png, or masks/1.png beside images/1.png, whose pixels are 0 outside of lesions",
  recognize: (folder) => Promise.resolve(recognize(folder)),
  explain: (folder) => Promise.resolve(explain(folder)),
  read,
};

/** A mask that was read. */
interface ReadMask {
  readonly file: MaskFile;
  /** Null if it cannot be used. */
  readonly regions: MaskRegions | null;
}

function recognize(folder: string): Recognition | null {
  const found = findMasks(
    folder,
    imageFilesIn(folder, () => {}),
  );
  if (!found) return null;
  const withImage = found.masks.filter(({ image }) => image !== null).length;
  if (withImage * MIN_SHARE < found.masks.length) return null;
  return { confidence: "medium", evidence: found.evidence };
}

function explain(folder: string): string | null {
  const found = findMasks(
    folder,
    imageFilesIn(folder, () => {}),
  );
  const lost = found?.masks.find(({ image }) => image === null);
  return lost
    ? `It has masks, such as ${lost.path}, and no image called ${lost.imageName} for it: give masks the names of their images.`
    : null;
}

async function read(root: string, options: FormatOptions): Promise<Listing> {
  const found = findMasks(
    root,
    imageFilesIn(root, () => {}),
  );
  if (!found)
    throw new Error(
      `${root}: no masks were found, which are images in a folder such as masks, or with names such as 1_mask.png, beside other images`,
    );
  const problems = new FileProblems(".");
  const reads = await readMasks(root, found.masks, problems);
  const classes = classesOf(reads.flatMap(({ regions }) => regions ?? []));
  reportClasses(classes, problems);
  const minArea = options.minArea ?? DEFAULT_MIN_AREA;
  const images = Array.from(groupByImage(reads).values(), (group) =>
    describeImage(root, group, { classes, minArea, problems }),
  );
  reportFrames(images, problems);
  const regions = images.flatMap((image) => image.regions);
  return listImages(
    root,
    {
      images,
      classNames: classes.names,
      unit: "region",
      placeOf: dirname,
      hasLostImages: false,
      otherFiles: new Set(found.masks.map(({ path }) => join(root, path))),
      problems: problems.result(),
      notes: [describeRegions(regions, minArea)],
    },
    options,
  );
}

/** Reads all masks. Those that cannot be used are reported. */
async function readMasks(
  root: string,
  files: readonly MaskFile[],
  problems: FileProblems,
): Promise<ReadMask[]> {
  const results = await inParallel(files, async ({ path }) =>
    readMask(join(root, path)).catch((error: unknown) => {
      if (error instanceof UnreadableFile) return error;
      throw error;
    }),
  );
  return results.map((regions, i): ReadMask => {
    const file = files[i];
    if (!(regions instanceof UnreadableFile)) return { file, regions };
    problems.leaveOut(
      "masks",
      `the mask cannot be used (${regions.message}), and neither can its image`,
      { file: file.path },
    );
    return { file, regions: null };
  });
}

/** The masks by the image that they are for. One image may have several masks. */
function groupByImage(reads: readonly ReadMask[]): Map<string, ReadMask[]> {
  // Masks without an image are reported one by one.
  return groupBy(reads, ({ file: { path, image } }) => image ?? `${path}\n`);
}

/** A described image with all regions of its masks. */
interface MaskedImage extends DescribedImage {
  readonly regions: readonly NamedRegion[];
}

/** An image with the boxes of all regions in its masks. */
function describeImage(
  root: string,
  group: readonly ReadMask[],
  context: {
    readonly classes: MaskClasses;
    readonly minArea: number;
    readonly problems: FileProblems;
  },
): MaskedImage {
  const { classes, minArea, problems } = context;
  const [{ file, regions: first }] = group;
  const size = first?.size ?? null;
  const described = {
    file: join(root, file.path),
    names: [file.image ?? file.imageName],
    split: file.split,
    size,
  };
  const leftOut = { ...described, boxes: [], leftOut: 0, isLeftOut: true, regions: [] };
  const report = (path: string, message: string) => {
    problems.leaveOut("masks", message, { file: path });
    return leftOut;
  };
  const folders = new Set(group.map(({ file: { path } }) => dirname(path)));
  if (folders.size > 1)
    return report(
      file.path,
      `the image ${file.image} has masks in several folders, and it is not clear which one counts`,
    );
  const all: NamedRegion[] = [];
  for (const {
    file: { path },
    regions,
  } of group) {
    // The reason was reported.
    if (!regions) return leftOut;
    if (regions.size.width !== size!.width || regions.size.height !== size!.height)
      return report(path, `the masks of ${file.image} have different sizes`);
    try {
      all.push(...classes.regionsOf(regions));
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      return report(path, error.message);
    }
  }
  const boxes = all.flatMap(({ className, area, box }, i) =>
    area >= minArea ? [{ className, box, place: i + 1 }] : [],
  );
  return { ...described, boxes, leftOut: all.length - boxes.length, regions: all };
}

/** Reports what is doubtful about the values of the masks. */
function reportClasses({ doubtful, areBlackAndWhite }: MaskClasses, problems: FileProblems): void {
  if (doubtful.length)
    problems.report(
      "warning",
      `the values ${doubtful.join(", ")} of the masks are read as classes; if they are soft edges of one class, make the masks black and white`,
    );
  if (areBlackAndWhite)
    problems.report(
      "warning",
      "the masks have soft edges and are read as black and white: pixels that are brighter than the middle are lesions",
    );
}

/** Reports masks in which a region surrounds the others, as in a mask of the background. */
function reportFrames(images: readonly MaskedImage[], problems: FileProblems): void {
  const names = images
    .filter(({ size, regions }) => size && regions.some((region) => isFrame(region, size)))
    .map(({ names: [name] }) => name);
  if (names.length)
    problems.report(
      "warning",
      `images in which one region covers most of the image and reaches all borders, as in a mask of the background: ${numberOf(names)}`,
    );
}

function isFrame({ area, box: [x1, y1, x2, y2] }: NamedRegion, { width, height }: Size): boolean {
  const reachesBorders = x1 === 0 && y1 === 0 && x2 === width && y2 === height;
  return reachesBorders && area > MOST * width * height;
}

/** How many regions there are, as a sentence. */
function describeRegions(regions: readonly NamedRegion[], minArea: number): string {
  const small = regions.filter(({ area }) => area < minArea).length;
  const smallest = regions.reduce((least, { area }) => Math.min(least, area), Infinity);
  if (!regions.length) return "The masks have no regions.";
  const dropped = small ? `; ${small} of them have fewer than ${minArea} and were left out` : "";
  return `The masks have ${regions.length} regions, the smallest of ${smallest} pixels${dropped}.`;
}
