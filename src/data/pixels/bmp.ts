/** Reads BMP images without compression. */
import type { Raster } from "../../types";
import { requireSide } from "./max-side";
import { bmpDecoder, decodeWith } from "./libraries";

/** Bytes of the two headers that every file of Windows has. */
const HEADER = {
  length: 54,
  pixels: 10,
  size: 14,
  width: 18,
  height: 22,
  bits: 28,
  compression: 30,
  colors: 46,
} as const;
/** Bytes of the file header, of the shortest second header, and of the masks that follow it. */
const [FILE_HEADER, SHORT_HEADER, MASKS_LENGTH] = [14, 40, 12];
/** The most entries of the table of colors, and the bytes of each. */
const [MAX_COLORS, COLOR_BYTES] = [256, 4];
/** Bits a pixel: black and white, 256 colors of a table, and red, green and blue. */
const BITS = [1, 8, 24, 32];
/** No compression, or masks that say where in a pixel the colors are. */
const [NONE, MASKS] = [0, 3];
/** The decoder gives alpha, blue, green and red. */
const CHANNELS = 4;

/** Whether a file begins as a BMP image does. */
export function isBmp(head: Buffer): boolean {
  return head.toString("latin1", 0, 2) === "BM";
}

/**
 * The colors of a BMP image. Transparency is left out, because most programs
 * write it as 0.
 * @throws when it is compressed, has another number of bits, or is cut short or too large
 */
export async function readBmp(bytes: Buffer): Promise<Raster> {
  if (bytes.length < HEADER.length) throw new Error("it is cut short");
  const width = bytes.readInt32LE(HEADER.width);
  // A negative height means that the rows are stored from top to bottom.
  const height = Math.abs(bytes.readInt32LE(HEADER.height));
  requireSide(width, height);
  const bits = bytes.readUInt16LE(HEADER.bits);
  const compression = bytes.readUInt32LE(HEADER.compression);
  if (!BITS.includes(bits) || ![NONE, MASKS].includes(compression))
    throw new Error(
      `it is a BMP of ${bits} bits with compression ${compression}, and only those of ${BITS.join(", ")} bits without compression are read`,
    );
  const { data } = await decodeWith(() => bmpDecoder().decode(withPixelsAfterTable(bytes)));
  if (data.length !== CHANNELS * width * height) throw new Error("it is cut short");
  const values = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let color = 0; color < 3; color++)
      values[3 * pixel + color] = data[CHANNELS * pixel + CHANNELS - 1 - color];
  return { values, width, height, channels: 3 };
}

/**
 * The same file without bytes between the table of colors and the pixels, and with all colors that
 * its header promises. The header says where the pixels begin, and the decoder does not read that:
 * it expects them after the table.
 */
function withPixelsAfterTable(bytes: Buffer): Buffer {
  const bits = bytes.readUInt16LE(HEADER.bits);
  const headerSize = bytes.readUInt32LE(HEADER.size);
  const hasMasks = headerSize === SHORT_HEADER && bytes.readUInt32LE(HEADER.compression) === MASKS;
  const table = FILE_HEADER + headerSize + (hasMasks ? MASKS_LENGTH : 0);
  const given = bytes.readUInt32LE(HEADER.colors);
  const colors = given === 0 && bits <= 8 ? 2 ** bits : given;
  if (colors > MAX_COLORS)
    throw new Error(`its table has ${colors} colors, and at most ${MAX_COLORS} are read`);
  const end = table + COLOR_BYTES * colors;
  const pixels = bytes.readUInt32LE(HEADER.pixels);
  if (pixels < table || pixels === end) return bytes;
  // A table may have fewer colors than the bits of a pixel can number.
  const missing = Buffer.alloc(Math.max(0, end - pixels));
  const head = bytes.subarray(0, Math.min(pixels, end));
  return Buffer.concat([head, missing, bytes.subarray(pixels)]);
}
