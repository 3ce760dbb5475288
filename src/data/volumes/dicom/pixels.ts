/** Reads the values of one frame of a DICOM file: decodes compressed pixels, and rescales. */
import type { DataSet } from "dicom-parser";
import type { Context } from "dcmjs-codecs";
import { codestreamSize, rleSegmentLengths } from "./codestream-size";
import { TAGS } from "./elements";
import { lookUp, type ModalityLut } from "./modality-lut";
import type { PixelFormat } from "./pixel-format";
import { dicomCodecs, dicomParser } from "../libraries";

/** A frame, and how its stored numbers become values. */
export interface FrameToRead {
  /** The frame within the file, from 0. */
  readonly index: number;
  /** Number of frames of the file. */
  readonly count: number;
  /** Value = stored number * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** The table of values, which replaces slope and intercept; null without a table. */
  readonly lut: ModalityLut | null;
}

/**
 * The values of a frame after rescaling.
 * @returns `[rows, columns]` values, row by row; NaN for padding
 * @throws when the pixels are cut short or damaged; the message does not name the file
 */
export async function readFrameValues(
  data: DataSet,
  format: PixelFormat,
  frame: FrameToRead,
): Promise<Float32Array> {
  const { slope, intercept, lut } = frame;
  const { bytes, bits } =
    format.coding === "native"
      ? { bytes: nativeFrame(data, format, frame.index), bits: 0 }
      : await decodedFrame(data, format, frame);
  const { padding } = format;
  const rescaled = lut
    ? (stored: number) => lookUp(lut, stored)
    : (stored: number) => stored * slope + intercept;
  return Float32Array.from(storedValues(bytes, withBits(format, bits)), (stored) =>
    padding && stored >= padding[0] && stored <= padding[1] ? NaN : rescaled(stored),
  );
}

/** The bytes of a frame that is not compressed. */
function nativeFrame(
  data: DataSet,
  { tag, rows, columns, bitsAllocated, bigEndian }: PixelFormat,
  index: number,
): Uint8Array {
  const element = data.elements[tag];
  const size = (rows * columns * bitsAllocated) / 8;
  // In big-endian words of 16 bits, every two pixels of 8 bits are swapped.
  if (bigEndian && bitsAllocated === 8 && element.vr === "OW") {
    const bytes = data.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
    return Uint8Array.from({ length: size }, (_, i) => bytes[(index * size + i) ^ 1]);
  }
  const start = element.dataOffset + index * size;
  const bytes = data.byteArray.subarray(
    start,
    Math.min(start + size, element.dataOffset + element.length),
  );
  if (bytes.length < size) {
    throw new Error(
      `it is cut short: ${columns} x ${rows} pixels of ${bitsAllocated} bits need ${size} bytes, and it has ${bytes.length}`,
    );
  }
  return bytes;
}

/** The format of pixels that have more bits than the header says. */
function withBits(format: PixelFormat, bits: number): PixelFormat {
  return bits > format.bitsStored ? { ...format, bitsStored: bits, highBit: bits - 1 } : format;
}

/** The bytes of a compressed frame, decoded, and the bits that its pixels have; 0 if unknown. */
async function decodedFrame(
  data: DataSet,
  format: PixelFormat,
  frame: FrameToRead,
): Promise<{ readonly bytes: Uint8Array; readonly bits: number }> {
  const { rows, columns, bitsAllocated, bitsStored, signed, coding } = format;
  const code = encodedFrame(data, frame);
  const bits = requireSize(code, format);
  const { Context, NativeCodecs } = await dicomCodecs();
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated,
    bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: "MONOCHROME2",
    encodedBuffer: code,
  });
  const decoders: Record<Exclude<typeof coding, "native">, (encoded: Context) => Context> = {
    rle: (encoded) => NativeCodecs.decodeRle(encoded),
    jpeg: (encoded) => NativeCodecs.decodeJpeg(encoded),
    "jpeg-ls": (encoded) => NativeCodecs.decodeJpegLs(encoded),
    jpeg2000: (encoded) => NativeCodecs.decodeJpeg2000(encoded),
  };
  let decoded: Uint8Array | undefined;
  try {
    decoded = decoders[coding as keyof typeof decoders](context).getDecodedBuffer();
  } catch (error) {
    // The decoders' memory may be corrupt: the next frame gets new ones.
    NativeCodecs.release();
    throw new Error(
      `its compressed pixels are damaged or cut short: ${(error as Error).message ?? error}`,
    );
  }
  const size = (rows * columns * bitsAllocated) / 8;
  if (decoded?.length === size) return { bytes: decoded, bits };
  throw new Error(`its compressed pixels have ${decoded?.length ?? 0} bytes, not ${size}`);
}

/**
 * Compares the size of compressed pixels with the header. With another size a decoder would
 * allocate too much memory or leave pixels black.
 * @returns the bits of a pixel; 0 if they are unknown
 * @throws when the sizes differ, or only the pixels have a sign
 */
function requireSize(
  code: Uint8Array,
  { coding, rows, columns, bitsAllocated, signed }: PixelFormat,
): number {
  if (coding === "rle") {
    const lengths = rleSegmentLengths(code);
    if (lengths.length !== bitsAllocated / 8)
      throw new Error(
        `its header claims ${bitsAllocated} bits a pixel, and its run-length pixels have ${lengths.length} segments of 8`,
      );
    // One more byte makes the length even (PS3.5 G.3.1).
    const wrong = lengths.findIndex(
      (bytes) => bytes !== rows * columns && bytes !== rows * columns + 1,
    );
    if (wrong >= 0)
      throw new Error(
        `its header claims ${columns} x ${rows} pixels, and its run-length segment ${wrong + 1} has ${lengths[wrong]}`,
      );
    return 0;
  }
  const { width, height, ...numbers } = codestreamSize(code);
  if (width !== columns || height !== rows)
    throw new Error(
      `its header claims ${columns} x ${rows} pixels, and its compressed image ${width} x ${height}`,
    );
  if (numbers.signed && !signed)
    throw new Error("its compressed pixels have a sign, and its header says that they have none");
  return numbers.bits;
}

/** The bytes of one compressed frame, which may be in several fragments. */
function encodedFrame(
  data: DataSet,
  { index, count }: Pick<FrameToRead, "index" | "count">,
): Uint8Array {
  const { readEncapsulatedImageFrame, readEncapsulatedPixelDataFromFragments } = dicomParser();
  const element = data.elements[TAGS.pixels];
  const { fragments = [], basicOffsetTable = [] } = element;
  const isCut = fragments.some(({ position, length }) => position + length > data.byteArray.length);
  if (isCut)
    throw new Error("it is cut short: its compressed pixels end before their length in the header");
  if (count === 1)
    return new Uint8Array(
      readEncapsulatedPixelDataFromFragments(data, element, 0, fragments.length),
    );
  // Without a table of offsets, as many fragments as frames means one for each.
  if (!basicOffsetTable.length && fragments.length === count)
    return new Uint8Array(readEncapsulatedPixelDataFromFragments(data, element, index, 1));
  if (basicOffsetTable.length)
    return new Uint8Array(readEncapsulatedImageFrame(data, element, index));
  throw new Error(
    `it has ${count} compressed frames in ${fragments.length} fragments, and no table of where each frame begins`,
  );
}

/** The stored numbers, with their sign. */
function storedValues(bytes: Uint8Array, format: PixelFormat): Float64Array {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed, bigEndian, float } = format;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = !(bigEndian && format.coding === "native");
  const values = new Float64Array(rows * columns);
  if (float) {
    const floatAt =
      bitsAllocated === 32
        ? (i: number) => view.getFloat32(4 * i, isLittle)
        : (i: number) => view.getFloat64(8 * i, isLittle);
    return values.map((_, i) => floatAt(i));
  }
  const wordAt = {
    8: (i: number) => view.getUint8(i),
    16: (i: number) => view.getUint16(2 * i, isLittle),
    32: (i: number) => view.getUint32(4 * i, isLittle),
    64: () => NaN,
  }[bitsAllocated];
  // In old files, the bits above the highest one are overlays. The shifts remove them and extend
  // the sign.
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  for (let i = 0; i < values.length; i++)
    values[i] = signed ? (wordAt(i) << up) >> down : (wordAt(i) << up) >>> down;
  return values;
}
