/** Decodes an image of a data set to its end, and reports what is wrong with it. */
import type { Fingerprint, GreyImage } from "../types";
import type { Problem } from "./checks";
import { fingerprintOf } from "./fingerprint";
import type { ListedImage } from "./formats/format";
import { decodeImage } from "./image";
import { readBytes } from "./read-file";

/** Bytes: as many pixels as are decoded (8192 x 8192), in three colors of 16 bits. */
const MAX_IMAGE_BYTES = 420_000_000;

/** An image that was decoded. */
export interface CheckedImage {
  /** Size in pixels, after the EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly fingerprint: Fingerprint;
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
    if (decode) {
      return { image: checked(await decode()), problems };
    }
    const bytes = await readBytes(path, MAX_IMAGE_BYTES);
    const image = await decodeWithRemarks(bytes, (message) =>
      problems.push({ severity: "warning", message }),
    );
    return { image: checked(image), problems };
  } catch (error) {
    const message = `the image cannot be read (${firstLine(error)}): replace or remove it`;
    return { image: null, problems: [...problems, { severity: "error", message }] };
  }
}

/**
 * Decodes an image, and calls `remark` with what is doubtful about it.
 * @throws as `decodeImage` does
 */
async function decodeWithRemarks(
  bytes: Buffer,
  remark: (message: string) => void,
): Promise<GreyImage> {
  const image = await decodeImage(bytes, "warning").catch(async (error) => {
    const decoded = await decodeImage(bytes);
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

function checked(image: GreyImage): CheckedImage {
  return { width: image.width, height: image.height, fingerprint: fingerprintOf(image) };
}

function firstLine(error: unknown): string {
  return (error as Error).message.split("\n")[0];
}
