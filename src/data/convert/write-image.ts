/** Writes the images of a converted data set. */
import { copyFile, mkdir, writeFile } from "fs/promises";
import { dirname } from "path";
import sharp from "sharp";
import type { ImageRecord } from "../../types";
import { decodeToShow } from "../image";
import { picturePng } from "../volumes/volume";

/** Endings of the files that are copied, by the format of their content as sharp names it. */
const ENDINGS: Readonly<Record<string, string>> = {
  jpeg: ".jpg",
  png: ".png",
  tiff: ".tif",
  webp: ".webp",
};
/** Other endings that fit a format. */
const SAME_ENDINGS: Readonly<Record<string, RegExp>> = {
  jpeg: /\.jpe?g$/i,
  png: /\.png$/i,
  tiff: /\.tiff?$/i,
  webp: /\.webp$/i,
};
/** Colors of images that every program reads alike. */
const PLAIN_COLORS = ["b-w", "srgb"];

/** How an image was written. */
export interface WrittenImage {
  /** Ending of the file, with the dot. */
  readonly ending: string;
  /** Whether the file is a copy; otherwise it is a PNG of 8 bits. */
  readonly isCopy: boolean;
}

/**
 * Writes an image: as a copy if it is a plain image of 8 bits, otherwise as a PNG of 8 bits: in
 * colors if it has any, and else grey.
 * @param path of the new file without its ending
 * @throws when the image cannot be read or written
 */
export async function writeImage(record: ImageRecord, path: string): Promise<WrittenImage> {
  await mkdir(dirname(path), { recursive: true });
  const ending = await plainEnding(record);
  if (ending !== null) {
    await copyFile(record.path, path + ending);
    return { ending, isCopy: true };
  }
  await writeFile(`${path}.png`, await picturePng(await decodeToShow(record)));
  return { ending: ".png", isCopy: false };
}

/** The ending of a plain image of 8 bits; null for other images. */
async function plainEnding({ path, decode }: ImageRecord): Promise<string | null> {
  if (decode) return null;
  const metadata = await sharp(path, { limitInputPixels: false })
    .metadata()
    .catch(() => null);
  // Some kinds of images are read by other libraries.
  if (!metadata) return null;
  const { format, depth, pages = 1, orientation = 1, hasAlpha, space } = metadata;
  const isPlain =
    depth === "uchar" &&
    pages === 1 &&
    orientation === 1 &&
    !hasAlpha &&
    PLAIN_COLORS.includes(space);
  if (!isPlain || !Object.hasOwn(ENDINGS, format)) return null;
  return SAME_ENDINGS[format].exec(path)?.[0] ?? ENDINGS[format];
}
