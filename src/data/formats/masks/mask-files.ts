/** Finds the mask images of a data set, and the names of the images that they are for. */
import { basename } from "path";
import { pathBelow } from "../../folders";
import { isImage, stemOf } from "../../image-files";
import { ImageFinder, type ImageName } from "../shared/image-finder";
import { splitInFolders, ONLY_SPLIT } from "../shared/split-names";

/** Words in the names of folders of masks. */
const FOLDER_WORDS = new Set([
  ...["mask", "masks", "segmentation", "segmentations", "seg", "groundtruth", "gt"],
  ...["label", "labels", "labelstr", "labelsts", "annotation", "annotations"],
]);
/** The ending of the names of masks: `_mask`, `_mask_1`, `_segmentation`. */
const SUFFIX = /^(.+?)[ ._-](?:mask|masks|segmentation|seg|gt|label)(?:[ ._-]?\d+)?$/i;

/** A mask file. */
export interface MaskFile {
  /** Path below the data set's folder. */
  readonly path: string;
  readonly split: string;
  /** Path of its image below the data set's folder; null if it is missing or not clear. */
  readonly image: string | null;
  /** Name of the image that was looked for. */
  readonly imageName: string;
}

/** The masks of a data set. */
export interface MaskFiles {
  readonly masks: readonly MaskFile[];
  /** Where they were found, for people to read. */
  readonly evidence: string;
}

/**
 * Finds the masks of a data set: the images in folders that are named for masks, or else those
 * whose names end with `_mask` or the like.
 * @param root the data set's folder
 * @param files absolute paths of all images
 * @returns null if there are no masks, or no other images
 */
export function findMasks(root: string, files: readonly string[]): MaskFiles | null {
  const paths = files.filter(isImage).map((path) => pathBelow(root, path));
  const inFolders = paths.filter((path) => path.split("/").slice(0, -1).some(isMaskFolder));
  const hasFolders = inFolders.length > 0 && inFolders.length < paths.length;
  const masks = hasFolders ? inFolders : paths.filter((path) => SUFFIX.test(nameOf(path)));
  const isMask = new Set(masks);
  const images = paths.filter((path) => !isMask.has(path));
  if (!masks.length || !images.length) return null;
  const first = masks[0];
  return {
    masks: withImages(masks, images),
    evidence: hasFolders
      ? `${first.slice(0, first.lastIndexOf("/"))} is a folder of masks`
      : `${first} is a mask`,
  };
}

/** Finds the image of each mask: first by its own name, then by its name without the suffix. */
function withImages(masks: readonly string[], images: readonly string[]): MaskFile[] {
  const finder = new ImageFinder(images, isImage);
  const own = finder.find(masks.map((path) => imageName(path, nameOf(path))));
  const short = masks.map((path) => SUFFIX.exec(nameOf(path))?.[1] ?? nameOf(path));
  const shortened = finder.find(masks.map((path, i) => imageName(path, short[i])));
  return masks.map((path, i): MaskFile => {
    const found = own[i].kind === "missing" ? shortened[i] : own[i];
    return {
      path,
      split: splitOf(path),
      image: found.kind === "found" ? found.path : null,
      imageName: own[i].kind === "missing" ? short[i] : nameOf(path),
    };
  });
}

function imageName(mask: string, name: string): ImageName {
  return { name, folder: mask.split("/").slice(0, -1).join("/"), split: splitOf(mask) };
}

/** The split that the folders of a mask name. */
function splitOf(mask: string): string {
  return splitInFolders(mask) ?? ONLY_SPLIT;
}

/** Whether a folder's name has a word for masks: `train_masks`, `GroundTruth`. */
function isMaskFolder(folder: string): boolean {
  return folder
    .replace(/ground[ _-]?truth/gi, "groundtruth")
    .split(/[^a-z]+/i)
    .some((word) => FOLDER_WORDS.has(word.toLowerCase()));
}

/** The name of a file without its ending. */
function nameOf(path: string): string {
  return stemOf(basename(path));
}
