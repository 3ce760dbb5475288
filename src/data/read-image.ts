/** Reads one image of a data set: its check, its name and its annotations. */
import { isAbsolute, relative, sep } from "path";
import type { ImageRecord } from "../types";
import type { CheckedImages } from "./checked-images";
import type { Problem } from "./checks";
import { isFolder, pathBelow } from "./folders";
import type { ImageAnnotations, ListedImage } from "./formats/format";

/** An image of a split, before it is read. */
export interface SplitImage {
  readonly split: string;
  readonly image: ListedImage;
  /** Its path below the folder of images, with forward slashes and without its ending. */
  readonly name: string;
}

/** What reading one image gives. */
export interface ImageResult {
  /** Its patient is not assigned yet. Null if the image cannot be used. */
  readonly record: ImageRecord | null;
  readonly name: string;
  /** The patient that the format stores. */
  readonly storedPatient?: string;
  readonly conversions?: ImageAnnotations["conversions"];
  readonly problems: readonly Problem[];
}

/** Checks an image and reads its annotations. */
export async function readImage(
  root: string,
  { split, image, name }: SplitImage,
  {
    checkedImages,
    classCount,
  }: { readonly checkedImages: CheckedImages; readonly classCount: number | null },
): Promise<ImageResult> {
  const { path, part, labelPath, decode } = image;
  const id = pathBelow(root, path) + (part === undefined ? "" : `#${part}`);
  const checked = await checkedImages.check(image);
  const problems = checked.problems.map((problem): Problem => ({ ...problem, file: id }));
  if (!checked.image) return { record: null, name, problems };
  const { width, height, fingerprint, valueRange } = checked.image;
  const { annotations, patient, isUsable, conversions, ...rest } = await image.annotate({
    width,
    height,
    classCount,
  });
  for (const problem of rest.problems) problems.push(problem);
  if (isUsable === false) return { record: null, name, problems };
  const record: ImageRecord = {
    id,
    path,
    labelPath,
    split,
    patient: null,
    fingerprint,
    width,
    height,
    annotations,
    ...(decode ? { decode } : {}),
    ...(valueRange ? { valueRange } : {}),
  };
  return {
    record,
    name,
    problems,
    ...(conversions ? { conversions } : {}),
    ...(patient === undefined ? {} : { storedPatient: patient }),
  };
}

/**
 * The path of an image below its split's folder, or below the data set's folder if a file names the
 * split; with forward slashes and without its ending.
 */
export function nameBelow(place: string, root: string, image: ListedImage): string {
  const { path, part } = image;
  if (image.name !== undefined) return image.name;
  const below = isFolder(place) ? relative(place, path) : "";
  const isBelow = below !== "" && !below.startsWith("..") && !isAbsolute(below);
  const name = (isBelow ? below : relative(root, path)).split(sep).join("/");
  return name.replace(/\.[^./]+$/, "") + (part === undefined ? "" : `#${part}`);
}
