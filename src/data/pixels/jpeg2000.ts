/** Reads JPEG 2000 images: files in boxes (`.jp2`, ITU-T T.800 annex I) and bare codestreams. */
import type { Raster } from "../../types";
import { codestreamSize } from "../volumes/dicom/codestream-size";
import { dicomCodecs } from "../volumes/libraries";
import { decodeWith } from "./libraries";
import { requireSide } from "./max-side";

/** The beginning of a file in boxes: a box of 12 bytes, named jP. */
const BOXES_START = Buffer.from("0000000c6a5020200d0a870a", "hex");
/** The beginning of a codestream: the markers SOC and SIZ. */
const CODESTREAM_START = Buffer.from("ff4fff51", "hex");
/** The byte of a codestream that has the number of components. */
const COMPONENTS = 40;
/** Boxes of the header that change the colors: a table of colors, and what the channels mean. */
const COLOR_BOXES = ["pclr", "cdef"];
/** The number of the color space whose channels are brightness and color differences. */
const YCC = 18;
const BITS = 16;

/** Whether a file begins as a JPEG 2000 image does. */
export function isJpeg2000(head: Buffer): boolean {
  return [BOXES_START, CODESTREAM_START].some((start) =>
    head.subarray(0, start.length).equals(start),
  );
}

/**
 * The numbers of a JPEG 2000 image: bytes of up to 8 bits, or values.
 * @throws when it is damaged or too large, and when its channels are not grey or red, green and
 * blue
 */
export async function readJpeg2000(bytes: Buffer): Promise<Raster> {
  const code = bytes.subarray(0, BOXES_START.length).equals(BOXES_START)
    ? codestreamOf(bytes)
    : bytes;
  const { width, height, bits, signed } = codestreamSize(code);
  requireSide(width, height);
  const channels = code.readUInt16BE(COMPONENTS);
  if ((channels !== 1 && channels !== 3) || bits > BITS)
    throw new Error(
      `it is a JPEG 2000 image with ${channels} channels of ${bits} bits, and only those with 1 or 3 channels of up to ${BITS} bits are read`,
    );
  const stored = await decode(code, { width, height, channels, bits, signed });
  if (bits === 8 && !signed) return { values: stored, width, height, channels };
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const valueAt =
    bits <= 8
      ? (i: number) => (signed ? view.getInt8(i) : view.getUint8(i))
      : (i: number) => (signed ? view.getInt16(2 * i, true) : view.getUint16(2 * i, true));
  const values = Float32Array.from({ length: width * height * channels }, (_, i) => valueAt(i));
  return { values, width, height, channels };
}

/** The codestream in the boxes of a file. */
function codestreamOf(bytes: Buffer): Buffer {
  for (const { name, content } of boxesOf(bytes)) {
    if (name === "jp2h") requirePlainColors(content);
    if (name === "jp2c") return content;
  }
  throw new Error("it is a JPEG 2000 file without an image");
}

/** @throws when the channels of an image are not grey, or red, green and blue */
function requirePlainColors(header: Buffer): void {
  for (const { name, content } of boxesOf(header)) {
    const isYcc = name === "colr" && content[0] === 1 && content.readUInt32BE(3) === YCC;
    if (isYcc || COLOR_BOXES.includes(name))
      throw new Error("its channels are not grey, or red, green and blue: save it as PNG");
  }
}

function* boxesOf(bytes: Buffer): Generator<{ name: string; content: Buffer }> {
  const HEADER = 8;
  for (let at = 0; at + HEADER <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    // A size of 1 is followed by one of 64 bits, and a size of 0 means up to the end.
    const head = size === 1 ? 2 * HEADER : HEADER;
    if (at + head > bytes.length) return;
    const length = size === 1 ? Number(bytes.readBigUInt64BE(at + HEADER)) : size;
    const end = size === 0 ? bytes.length : at + length;
    if (end < at + head) throw new Error("its boxes are damaged");
    yield {
      name: bytes.toString("latin1", at + 4, at + HEADER),
      content: bytes.subarray(at + head, end),
    };
    at = end;
  }
}

async function decode(
  code: Buffer,
  image: {
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly bits: number;
    readonly signed: boolean;
  },
): Promise<Uint8Array> {
  const { width, height, channels, bits, signed } = image;
  const { Context, NativeCodecs } = await dicomCodecs();
  const bytesOfNumber = bits > 8 ? 2 : 1;
  const stored = await decodeWith(() => {
    const context = new Context({
      width,
      height,
      bitsAllocated: 8 * bytesOfNumber,
      bitsStored: bits,
      samplesPerPixel: channels,
      pixelRepresentation: signed ? 1 : 0,
      planarConfiguration: 0,
      photometricInterpretation: channels === 1 ? "MONOCHROME2" : "RGB",
      encodedBuffer: code,
    });
    return NativeCodecs.decodeJpeg2000(context).getDecodedBuffer() as Uint8Array | undefined;
  }).catch((error: Error) => {
    // The decoder's memory may be corrupt: the next image gets a new one.
    NativeCodecs.release();
    throw error;
  });
  const size = width * height * channels * bytesOfNumber;
  if (stored?.length === size) return stored;
  throw new Error(`its pixels have ${stored?.length ?? 0} bytes, not ${size}`);
}
