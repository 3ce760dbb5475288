/** Reads BMP images without compression. */
import type { Raster } from "../../types";
import { requireSide } from "./max-side";
import { bmpDecoder, decodeWith } from "./libraries";

/** Bytes of the two headers that every file of Windows has. */
const HEADER = { length: 54, width: 18, height: 22, bits: 28, compression: 30 } as const;
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
  const { data } = await decodeWith(() => bmpDecoder().decode(bytes));
  if (data.length !== CHANNELS * width * height) throw new Error("it is cut short");
  const values = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let color = 0; color < 3; color++)
      values[3 * pixel + color] = data[CHANNELS * pixel + CHANNELS - 1 - color];
  return { values, width, height, channels: 3 };
}
