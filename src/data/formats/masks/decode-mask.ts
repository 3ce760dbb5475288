/** Decodes mask images to the values of their pixels. */
import sharp, { type Sharp } from "sharp";
import { MAX_SIDE } from "../../image";
import { readBytes, UnreadableFile } from "../../read-file";
import type { Size } from "../shared/described-image";
import { isJpegTiff } from "./jpeg-tiff";

/** Bytes: as many pixels as are decoded, in three colors of 16 bits. */
const MAX_MASK_BYTES = 420_000_000;
/** The formats that are read, as sharp names them, and whether they change the values of pixels. */
const IS_LOSSY: Readonly<Record<string, boolean>> = {
  png: false,
  tiff: false,
  jpeg: true,
  webp: true,
};
/** The largest values of grey pixels by the depth of the image, as sharp names it. */
const WHITE: Readonly<Record<string, number>> = { uchar: 255, ushort: 65535 };
const OPAQUE = 255;
/** The kinds of colors that are read, as sharp names them. */
const SPACES = ["b-w", "grey16", "srgb", "rgb16"];

/** The pixels of a mask. */
export interface DecodedMask extends Size {
  /** Row by row: grey values, or colors as `0xRRGGBB` if the mask has any. */
  readonly values: Uint16Array | Uint32Array;
  /** Whether the values are colors. */
  readonly hasColors: boolean;
  /** The value of white pixels. */
  readonly white: number;
  /** Whether the file's format may have changed the values of pixels, as JPEG does. */
  readonly isLossy: boolean;
}

/**
 * Decodes a mask. Its EXIF rotation and its color profile are ignored: both would change values.
 * @throws UnreadableFile when it cannot be decoded, or when the values are not clear
 */
export async function decodeMask(path: string): Promise<DecodedMask> {
  const bytes = await readBytes(path, MAX_MASK_BYTES);
  if (!bytes.length) throw new UnreadableFile("it is empty");
  const options = { limitInputPixels: MAX_SIDE ** 2, ignoreIcc: true } as const;
  const metadata = sharp(bytes, { ...options, limitInputPixels: false }).metadata();
  const { format, width, height, depth, space, pages = 1, hasAlpha } = await orUnreadable(metadata);
  if (!Object.hasOwn(IS_LOSSY, format))
    throw new UnreadableFile(`its content is ${format}: save it as PNG`);
  if (Math.max(width, height) > MAX_SIDE)
    throw new UnreadableFile(
      `it has ${width} x ${height} pixels, and at most ${MAX_SIDE} a side are read`,
    );
  if (pages > 1)
    throw new UnreadableFile(`it has ${pages} frames or pages: save each one as an image file`);
  if (!SPACES.includes(space))
    throw new UnreadableFile(`its colors are of the kind ${space}: save it as grey or RGB`);
  if (!Object.hasOwn(WHITE, depth))
    throw new UnreadableFile(`its values are of the type ${depth}: save it with 8 or 16 bits`);
  const image = sharp(bytes, options);
  if (hasAlpha && !(await isOpaque(image.clone())))
    throw new UnreadableFile("it has transparent pixels: save it without transparency");
  const isLossy = IS_LOSSY[format] || (format === "tiff" && isJpegTiff(bytes));
  const opaque = image.removeAlpha();
  if (space === "b-w" || space === "grey16") {
    const is16 = depth === "ushort";
    const grey = opaque.toColourspace(is16 ? "grey16" : "b-w");
    const data = await orUnreadable(grey.raw({ depth: is16 ? "ushort" : "uchar" }).toBuffer());
    const values = is16
      ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length))
      : Uint16Array.from(data);
    return { width, height, values, hasColors: false, white: WHITE[depth], isLossy };
  }
  if (depth !== "uchar")
    throw new UnreadableFile("it has colors of 16 bits: save it as grey, or with 8 bits");
  const data = await orUnreadable(opaque.toColourspace("srgb").raw({ depth: "uchar" }).toBuffer());
  return { width, height, ...valuesOfColors(data), white: WHITE.uchar, isLossy };
}

/** @throws UnreadableFile when the decoder fails */
async function orUnreadable<T>(decoding: Promise<T>): Promise<T> {
  try {
    return await decoding;
  } catch (error) {
    throw new UnreadableFile((error as Error).message.split("\n")[0]);
  }
}

/** Whether the last channel of an image is 255 everywhere. */
async function isOpaque(image: Sharp): Promise<boolean> {
  const alpha = await orUnreadable(
    image.extractChannel("alpha").raw({ depth: "uchar" }).toBuffer(),
  );
  return alpha.every((value: number) => value === OPAQUE);
}

/** The values of pixels of three colors: grey values if all pixels are grey. */
function valuesOfColors(data: Uint8Array): Pick<DecodedMask, "values" | "hasColors"> {
  const values = new Uint32Array(data.length / 3);
  let hasColors = false;
  for (let i = 0; i < values.length; i++) {
    const [red, green, blue] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
    hasColors ||= red !== green || green !== blue;
    values[i] = red * 0x10000 + green * 0x100 + blue;
  }
  if (!hasColors) for (let i = 0; i < values.length; i++) values[i] &= 0xff;
  return { values, hasColors };
}
