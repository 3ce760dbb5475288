/** Lists of images: a text file with the path of one image a line, such as `train.txt`. */
import { dirname } from "path";
import { isFolder } from "../../folders";
import { isImage, isUnreadKind } from "../../image-files";
import { isThere, readText } from "../../read-file";
import { fault, type Problem, shortened } from "../../checks";
import { type Located, locate, type Places } from "./locate";

/** Bytes; with about 100 a line, more images than a data set has. */
const MAX_BYTES = 50_000_000;

/** The images of a list. */
export interface ImageList {
  /** Absolute paths, each once, in the order of the list. */
  readonly images: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a list of images. Paths that are not below the data set's folder are reported and left out.
 * @param path of the list
 * @param name of the list in problems
 * @throws UnreadableFile when it is not a text file
 */
export async function readImageList(
  path: string,
  name: string,
  { top, bases, names }: Places,
): Promise<ImageList> {
  const text = await readText(path, MAX_BYTES);
  const entries = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim().replace(/\\/g, "/"))
    .filter((line) => line && !line.startsWith("#"));
  const places = {
    top,
    names,
    bases: [dirname(path), ...bases],
    isWanted: (file: string) => isThere(file) && !isFolder(file),
  };
  const images = new Set<string>();
  const missing: string[] = [];
  let repeated = 0;
  let hint: Located | null = null;
  for (const entry of entries) {
    const found: Located | null =
      isImage(entry) || isUnreadKind(entry) ? locate(entry, places, hint) : null;
    if (!found) missing.push(entry);
    else {
      hint = found;
      if (images.has(found.path)) repeated++;
      images.add(found.path);
    }
  }
  const problems: Problem[] = [];
  if (missing.length)
    problems.push(
      fault("image", {
        file: name,
        kind: "images of lists that do not exist",
        count: missing.length,
        message: `${missing.length} of its ${entries.length} images do not exist in the data set's folder (the first is ${shortened(missing[0])}): add them, or correct the list`,
      }),
    );
  if (repeated)
    problems.push({
      severity: "warning",
      file: name,
      message: `${repeated} images are in the list more than once, and are used once`,
    });
  return { images: Array.from(images), problems };
}
