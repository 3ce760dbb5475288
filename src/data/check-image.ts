/** Decodes an image of a data set to its end, and reports what is wrong with it. */
import { createHash } from "crypto";
import type { Raster, ValueRange } from "../types";
import type { Problem } from "./checks";
import type { ListedImage } from "./formats/format";
import { MAX_IMAGE_BYTES, type FileRaster, readRaster } from "./pixels/read-raster";
import { blankMessage, isNearlyBlank, percentileRange } from "./pixels/value-range";
import { readBytes } from "./read-file";

/** An image that was decoded. */
export interface CheckedImage {
  /** Size in pixels, after the EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the image file, or of pixels that are not from an image file, in hexadecimal. */
  readonly hash: string;
  /** The range of its values; null for an image of 8 bits. */
  readonly valueRange: ValueRange | null;
}

/**
 * Decodes all pixels of an image.
 * @returns `image` is null if it cannot be decoded; the reason is then one of the problems
 */
export async function checkImage({ path, decode }: Pick<ListedImage, "path" | "decode">): Promise<{
  image: CheckedImage | null;
  problems: Omit<Problem, "file">[];
}> {
  const problems: Omit<Problem, "file">[] = [];
  try {
    const remark = (message: string) => problems.push({ severity: "warning", message });
    if (decode) {
      const image = await decode();
      const values = "values" in image ? image.values : image.pixels;
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return { image: checked({ ...image, values }, sha256(bytes), remark), problems };
    }
    const bytes = await readBytes(path, MAX_IMAGE_BYTES);
    const image = await decodeWithRemarks(bytes, remark);
    return { image: checked(image, sha256(bytes), remark), problems };
  } catch (error) {
    const message = `the image cannot be read (${firstLine(error)}): replace or remove it`;
    return { image: null, problems: [...problems, { severity: "error", message }] };
  }
}

/**
 * Decodes an image, and calls `remark` with what is doubtful about it.
 * @throws as `readRaster` does
 */
async function decodeWithRemarks(
  bytes: Buffer,
  remark: (message: string) => void,
): Promise<FileRaster> {
  const image = await readRaster(bytes, { failOn: "warning" }).catch(async (error) => {
    const decoded = await readRaster(bytes);
    remark(
      `the image can be read, but its decoder gave a warning (${firstLine(error)}): look at it, and replace it if it is damaged`,
    );
    return decoded;
  });
  if (image.frames > 1)
    remark(
      `it has ${image.frames} frames or pages, and only the first is read: save each one as an image file`,
    );
  return image;
}

/**
 * An image with the range of its values. `remark` is called if an image of 8 bits is nearly blank;
 * for the others that depends on the range of their data set.
 */
function checked(
  { values, width, height }: Pick<Raster, "values" | "width" | "height">,
  hash: string,
  remark: (message: string) => void,
): CheckedImage {
  const range = percentileRange(values);
  if (!(values instanceof Uint8Array)) return { width, height, hash, valueRange: range };
  if (isNearlyBlank(range)) remark(blankMessage(range));
  return { width, height, hash, valueRange: null };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0];
}
