/** The folders of a split, and where the labels of its images are. */
import { extname, join, relative, sep } from "path";
import { filesIn, isFolder } from "../../folders";
import { isImage } from "../../image-files";
import { NamesOnDisk } from "./names-on-disk";

/** The folders of one split. */
export interface SplitFolders {
  readonly split: string;
  /** Absolute path of the folder of images. */
  readonly images: string;
  /** Absolute path of the folder of label files, which may not exist. */
  readonly labels: string;
  /** The images, if a list names them: `images` and `labels` are the data set's folder then. */
  readonly list?: { readonly path: string; readonly images: readonly string[] };
}

/**
 * If the folder of labels does not exist, its name may be written in another way, or the label files
 * may be beside the images.
 * @param root the data set's folder
 */
export function withLabelsBeside(root: string, folders: SplitFolders): SplitFolders {
  if (isFolder(folders.labels)) return folders;
  const labels = new NamesOnDisk(root).find(folders.labels);
  if (labels !== null && isFolder(labels)) return { ...folders, labels };
  return hasLabelledImages(folders.images) ? { ...folders, labels: folders.images } : folders;
}

/** Whether a folder has an image with a label file beside it. */
export function hasLabelledImages(folder: string): boolean {
  const files = filesIn(folder, () => {});
  const texts = new Set(files.filter((path) => extname(path).toLowerCase() === ".txt"));
  return files.some(
    (path) => isImage(path) && texts.has(`${path.slice(0, -extname(path).length)}.txt`),
  );
}

/**
 * The folder of labels that belongs to a folder of images: the last `images` in its path below the
 * data set's folder becomes `labels`.
 */
export function labelsBeside(root: string, images: string): string {
  const parts = relative(root, images).split(sep);
  const index = parts.map((part) => part.toLowerCase()).lastIndexOf("images");
  if (index < 0) return images;
  parts[index] = "labels";
  return join(root, ...parts);
}
