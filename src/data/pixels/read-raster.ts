/** Reads the numbers of image files of every kind. */
import { existsSync } from "fs";
import sharp, { type Metadata, type Sharp } from "sharp";
import type { Raster, ValueRange } from "../../types";
import { requireRegularFile } from "../../util/regular-file";
import { readBytes } from "../read-file";
import { isBmp, readBmp } from "./bmp";
import { equalChannel } from "./equal-channel";
import { isTiff, readDeepTiff } from "./deep-tiff";
import { isJpeg2000, readJpeg2000 } from "./jpeg2000";
import { MAX_SIDE, requireSide } from "./max-side";
import { withChannels } from "./raster";
import { percentileRange } from "./value-range";

/** How an image is read. */
export interface RasterOptions {
  /** `grey` makes colors grey, and `rgb` gives grey images three equal channels. */
  readonly channels?: "grey" | "rgb";
  /** `warning` also refuses an image whose decoder gave a warning. */
  readonly failOn?: "truncated" | "warning";
}

/** The numbers of an image file. */
export interface FileRaster extends Raster {
  /** Frames of an animation or pages of a TIFF, of which the first was read; 1 for other images. */
  readonly frames: number;
}

/** Bytes: as many pixels as are decoded (8192 x 8192), in three colors of 16 bits. */
export const MAX_IMAGE_BYTES = 420_000_000;

/** The formats that sharp decodes, by its names. */
const FORMATS = ["jpeg", "png", "tiff", "webp", "gif"];
/** The kinds of numbers that sharp reads unchanged, by its names: bytes, and 16 bits. */
const [BYTES, WORDS] = ["uchar", "ushort"] as const;
/** Names of libvips for the colors and the bits that are asked for. */
const COLOR_SPACES = {
  grey: { bytes: "b-w", deep: "grey16" },
  rgb: { bytes: "srgb", deep: "rgb16" },
} as const;

/** Readers of files that sharp does not read. */
const READERS: readonly {
  readonly isOne: (bytes: Buffer) => boolean;
  readonly read: (bytes: Buffer) => Raster | Promise<Raster>;
}[] = [
  { isOne: isTiff, read: readDeepTiff },
  { isOne: isBmp, read: readBmp },
  { isOne: isJpeg2000, read: readJpeg2000 },
];

/**
 * Reads an image: rotated as its EXIF says, transparent pixels on black. Of several frames or pages
 * it reads the first.
 * @param file path, or the bytes of the file
 * @throws when the file is damaged, of another format (whatever its name says), or larger than
 * 8192 pixels a side; the message does not name the file
 */
export async function readRaster(
  file: string | Buffer,
  options: RasterOptions = {},
): Promise<FileRaster> {
  if (typeof file === "string") requireRegularFile(file);
  const metadata = await sharp(file, { limitInputPixels: false })
    .metadata()
    .catch((error: Error) => error);
  if (metadata instanceof Error) return readOther(file, metadata, options);
  const { format, width, height, depth, pages: frames = 1 } = metadata;
  if (!FORMATS.includes(format))
    throw new Error(
      `its content is ${format}, and only JPEG, PNG, TIFF, WebP, GIF, BMP and JPEG 2000 are read`,
    );
  requireSide(width, height);
  if (depth !== BYTES && depth !== WORDS) {
    const raster = await readDeepTiff(await bytesOf(file));
    return { ...withChannels(raster, options.channels), frames };
  }
  const { channels = "grey" } = options;
  // Of a TIFF whose compression the decoder does not know, it would give black pixels.
  const { failOn = format === "tiff" ? "error" : "truncated" } = options;
  const image = sharp(file, { failOn, limitInputPixels: MAX_SIDE ** 2 });
  const read = channels === "grey" && depth === BYTES ? fastReader(metadata) : null;
  const raster = read ? await read(image) : await readWithSharp(image, depth === WORDS, options);
  return { ...raster, frames };
}

/**
 * The range of an image of more than 8 bits; null for other images and for files that cannot be
 * read.
 */
export async function rangeOfFile(file: string): Promise<ValueRange | null> {
  try {
    const metadata = await sharp(file)
      .metadata()
      .catch(() => null);
    if (metadata?.depth === BYTES) return null;
    const { values } = await readRaster(file);
    return values instanceof Float32Array ? percentileRange(values) : null;
  } catch {
    return null;
  }
}

/** Reads an image that sharp does not recognize. */
async function readOther(
  file: string | Buffer,
  reason: Error,
  options: RasterOptions,
): Promise<FileRaster> {
  if (typeof file === "string" && !existsSync(file)) throw reason;
  const bytes = await bytesOf(file);
  const reader = READERS.find(({ isOne }) => isOne(bytes));
  if (!reader) throw reason;
  const raster = await reader.read(bytes);
  const { values, width, height, channels } = raster;
  if (values instanceof Float32Array)
    return { ...withChannels(raster, options.channels), frames: 1 };
  const image = sharp(values, { raw: { width, height, channels } });
  return { ...(await readWithSharp(image, false, options)), frames: 1 };
}

/**
 * A fast reader for grey images of bytes, and for colors that may be grey; null for other images.
 * It gives the same bytes as `readWithSharp`, whose conversion to grey takes as long as decoding.
 */
function fastReader({
  space,
  channels,
  icc,
}: Metadata): ((image: Sharp) => Promise<Raster>) | null {
  if (space === "b-w" && channels === 1 && !icc) return readOneChannel;
  return space === "srgb" && channels === 3 ? greyOfColors : null;
}

/** Reads an image of one channel of bytes. */
async function readOneChannel(image: Sharp): Promise<Raster> {
  const { data, info } = await image
    .rotate()
    .extractChannel(0)
    .raw({ depth: BYTES })
    .toBuffer({ resolveWithObject: true });
  const values = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { values, width: info.width, height: info.height, channels: 1 };
}

/**
 * Reads an image of three channels of bytes as grey. Slices are often saved in three equal channels:
 * one of them is the luminance.
 */
async function greyOfColors(image: Sharp): Promise<Raster> {
  const colors = await readWithSharp(image, false, { channels: "rgb" });
  const { values, width, height } = colors;
  const grey = equalChannel(values as Uint8Array);
  if (grey) return { values: grey, width, height, channels: 1 };
  return readWithSharp(sharp(values, { raw: { width, height, channels: 3 } }), false, {});
}

/** Reads bytes, or numbers of 16 bits, in the channels that are asked for. */
async function readWithSharp(
  image: Sharp,
  isDeep: boolean,
  { channels = "grey" }: RasterOptions,
): Promise<Raster> {
  const { data, info } = await image
    .rotate()
    .flatten({ background: "black" })
    .toColourspace(COLOR_SPACES[channels][isDeep ? "deep" : "bytes"])
    .raw({ depth: isDeep ? WORDS : BYTES })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return {
    values: isDeep ? Float32Array.from(new Uint16Array(bytes.slice().buffer)) : bytes,
    width,
    height,
    channels: channels === "grey" ? 1 : 3,
  };
}

async function bytesOf(file: string | Buffer): Promise<Buffer> {
  return typeof file === "string" ? readBytes(file, MAX_IMAGE_BYTES) : file;
}
