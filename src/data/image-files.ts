/** Image files in folders, recognized by the endings of their names. */
import { extname } from "path";
import { filesIn, type Report } from "./folders";

const IMAGE_ENDINGS = new Set([".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"]);

const DICOM_ENDINGS = new Set([".dcm", ".dicom"]);

/** Kinds of images that people have and that are not read as images of a data set. */
const OTHER_IMAGE_ENDINGS = new Set([
  ".dcm",
  ".dicom",
  ".nii",
  ".mha",
  ".nrrd",
  ".bmp",
  ".gif",
  ".jp2",
  ".heic",
  ".avif",
]);

/**
 * Paths of the images below a folder, sorted.
 * @param report as in `filesIn`
 */
export function imagesIn(folder: string, report?: Report): string[] {
  return filesIn(folder, report).filter(isImage);
}

/**
 * Paths of the images below a folder whose kind is not read, sorted. Whoever leaves them out should
 * report it.
 * @param report as in `filesIn`
 */
export function unreadKindsIn(folder: string, report?: Report): string[] {
  return filesIn(folder, report).filter(isUnreadKind);
}

/** Whether a file's name has the ending of an image that is read. */
export function isImage(path: string): boolean {
  return IMAGE_ENDINGS.has(extname(path).toLowerCase());
}

/** Whether a file's name has the ending of a DICOM file. */
export function isDicomName(path: string): boolean {
  return DICOM_ENDINGS.has(extname(path).toLowerCase());
}

/**
 * A file's name without the ending of an image. Any other ending is a part of the name:
 * `1.2.840.113619` is one.
 */
export function stemOf(name: string): string {
  const ending = extname(name).toLowerCase();
  const isEnding = IMAGE_ENDINGS.has(ending) || OTHER_IMAGE_ENDINGS.has(ending);
  return isEnding ? name.slice(0, -ending.length) : name;
}

/** Whether a file's name has the ending of an image that is not read, for example `.nii.gz`. */
export function isUnreadKind(path: string): boolean {
  return OTHER_IMAGE_ENDINGS.has(extname(path.replace(/\.gz$/i, "")).toLowerCase());
}
