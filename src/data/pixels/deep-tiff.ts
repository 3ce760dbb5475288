/**
 * Reads TIFF images whose numbers sharp does not read: signed, of 32 bits or more, floating-point.
 */
import type { Raster } from "../../types";
import { decodeWith, TIFF_DEFLATE, tiffReader } from "./libraries";
import { MAX_SIDE, requireSide } from "./max-side";

/** The first bytes of TIFF and BigTIFF, in both orders of bytes. */
const STARTS = ["II*\0", "MM\0*", "II+\0", "MM\0+"];
/** Values of Compression: none, LZW, run lengths, and zlib. */
const NO_COMPRESSION = 1;
const COMPRESSIONS = [NO_COMPRESSION, 5, 32773, ...TIFF_DEFLATE];
/** The value of PhotometricInterpretation for grey values of which 0 is white. */
const WHITE_IS_ZERO = 0;
/** Values of PhotometricInterpretation for grey values and for red, green and blue. */
const COLORS = [WHITE_IS_ZERO, 1, 2];
/** The value of Orientation for rows from top to bottom and columns from left to right. */
const UPRIGHT = 1;

/** Whether a file begins as a TIFF image does. */
export function isTiff(head: Buffer): boolean {
  return STARTS.includes(head.toString("latin1", 0, STARTS[0].length));
}

/**
 * The values of the first page of a TIFF image.
 * @throws when it is damaged, too large, or rotated by its header
 */
export async function readDeepTiff(bytes: Buffer): Promise<Raster> {
  const { buffer, byteOffset, length } = bytes;
  const content = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
  const image = await decodeWith(async () =>
    (await tiffReader().fromArrayBuffer(content)).getImage(0),
  );
  const [width, height] = [image.getWidth(), image.getHeight()];
  requireSide(width, height);
  const tile = image.getTileWidth() * image.getTileHeight();
  if (!(tile <= MAX_SIDE ** 2)) throw new Error(`its blocks of ${tile} pixels are too large`);
  const directory = image.getFileDirectory();
  const compression = ((await decodeWith(() => directory.loadValue("Compression"))) ??
    NO_COMPRESSION) as number;
  if (!COMPRESSIONS.includes(compression))
    throw new Error(`its compression is number ${compression}: save it with LZW, zlib or none`);
  const orientation: unknown = await decodeWith(() => directory.loadValue("Orientation"));
  if ((orientation ?? UPRIGHT) !== UPRIGHT)
    throw new Error("its header says that it is rotated: save it upright");
  const colors = (directory.getValue("PhotometricInterpretation") ?? COLORS[1]) as number;
  if (!COLORS.includes(colors))
    throw new Error(`its colors are of the kind ${colors}: save it as grey or RGB`);
  // Of grey values with transparency, and of bands that are no colors, the first is read.
  const channels = image.getSamplesPerPixel() < 3 ? 1 : 3;
  const samples = Array.from({ length: channels }, (_, channel) => channel);
  const stored = await decodeWith(() => image.readRasters({ samples, interleave: true }));
  const sign = colors === WHITE_IS_ZERO ? -1 : 1;
  const values = Float32Array.from(stored as unknown as ArrayLike<number>, (value) => sign * value);
  if (values.length !== width * height * channels) throw new Error("it is cut short");
  return { values, width, height, channels };
}
