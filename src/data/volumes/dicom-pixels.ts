/**
 * The values of one frame of a DICOM file: stored bits, decoded where they are compressed,
 * rescaled.
 */
import type { DataSet, Element } from "dicom-parser";
import type { Context } from "dcmjs-codecs";
import { codestreamSize, rleSegmentLengths } from "./codestream-size";
import { TAGS } from "./dicom-file";
import type { DicomFrame, PixelFormat } from "./dicom-header";
import { dicomCodecs, dicomParser } from "./libraries";

/**
 * Values of a frame after rescaling, row by row; NaN where the header says that there is only
 * padding. Throws, without naming the file, when the pixels are cut short or damaged.
 */
export async function readFrameValues(
  data: DataSet,
  format: PixelFormat,
  frame: number,
  { slope, intercept }: Pick<DicomFrame, "slope" | "intercept">,
): Promise<Float32Array> {
  const element = data.elements[TAGS.pixels];
  const bytes =
    format.coding === "native"
      ? nativeFrame(data, element, format, frame)
      : await decodedFrame(data, element, format, frame);
  const stored = storedValues(bytes, format);
  const { padding } = format;
  return Float32Array.from(stored, (value) =>
    padding && value >= padding[0] && value <= padding[1] ? NaN : value * slope + intercept,
  );
}

function nativeFrame(
  data: DataSet,
  element: Element,
  { rows, columns, bitsAllocated }: PixelFormat,
  frame: number,
) {
  const size = (rows * columns * bitsAllocated) / 8;
  const start = element.dataOffset + frame * size;
  const bytes = data.byteArray.subarray(
    start,
    Math.min(start + size, element.dataOffset + element.length),
  );
  if (bytes.length < size) {
    throw new Error(
      `it is cut short: ${columns} x ${rows} pixels of ${bitsAllocated} bits need ${size} bytes, and ${bytes.length} are there`,
    );
  }
  return bytes;
}

async function decodedFrame(
  data: DataSet,
  element: Element,
  format: PixelFormat,
  frame: number,
): Promise<Uint8Array> {
  const { rows, columns, bitsAllocated, bitsStored, signed, coding } = format;
  const code = encodedFrame(data, element, frame);
  requireSize(code, format);
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
  const decoders: Record<Exclude<typeof coding, "native">, (context: Context) => Context> = {
    rle: (given) => NativeCodecs.decodeRle(given),
    jpeg: (given) => NativeCodecs.decodeJpeg(given),
    "jpeg-ls": (given) => NativeCodecs.decodeJpegLs(given),
    jpeg2000: (given) => NativeCodecs.decodeJpeg2000(given),
  };
  let decoded: Uint8Array | undefined;
  try {
    decoded = decoders[coding as keyof typeof decoders](context).getDecodedBuffer();
  } catch (error) {
    // Its memory may be spoilt: the next frame gets decoders that know nothing of this one.
    NativeCodecs.release();
    throw new Error(
      `its compressed pixels are damaged or cut short: ${(error as Error).message ?? error}`,
    );
  }
  const size = (rows * columns * bitsAllocated) / 8;
  if (decoded?.length === size) return decoded;
  throw new Error(`its compressed pixels hold ${decoded?.length ?? 0} bytes, not ${size}`);
}

/**
 * Throws when compressed pixels are of another size than the header says: a decoder would ask for
 * their memory, or leave the rest black.
 */
function requireSize(
  code: Uint8Array,
  { coding, rows, columns, bitsAllocated }: PixelFormat,
): void {
  if (coding === "rle") {
    const lengths = rleSegmentLengths(code);
    // A byte more makes the length even (PS3.5 G.3.1).
    const wrong = lengths.findIndex(
      (bytes) => bytes !== rows * columns && bytes !== rows * columns + 1,
    );
    if (lengths.length !== bitsAllocated / 8)
      throw new Error(
        `its header claims ${bitsAllocated} bits a pixel, and its run-length pixels have ${lengths.length} segments of 8`,
      );
    if (wrong >= 0)
      throw new Error(
        `its header claims ${columns} x ${rows} pixels, and its run-length segment ${wrong + 1} holds ${lengths[wrong]}`,
      );
    return;
  }
  const { width, height } = codestreamSize(code);
  if (width !== columns || height !== rows)
    throw new Error(
      `its header claims ${columns} x ${rows} pixels, and its compressed image ${width} x ${height}`,
    );
}

/** The bytes of one compressed frame, which may lie in several fragments. */
function encodedFrame(data: DataSet, element: Element, frame: number): Uint8Array {
  const { readEncapsulatedImageFrame, readEncapsulatedPixelDataFromFragments } = dicomParser();
  const { fragments = [], basicOffsetTable = [] } = element;
  const count = Number(data.string(TAGS.frames) ?? 1);
  const past = fragments.find(({ position, length }) => position + length > data.byteArray.length);
  if (past) throw new Error("it is cut short: its compressed pixels end before the header says");
  if (count === 1)
    return new Uint8Array(
      readEncapsulatedPixelDataFromFragments(data, element, 0, fragments.length),
    );
  // Without a table of offsets, as many fragments as frames means one each.
  if (!basicOffsetTable.length && fragments.length === count)
    return new Uint8Array(readEncapsulatedPixelDataFromFragments(data, element, frame, 1));
  if (basicOffsetTable.length)
    return new Uint8Array(readEncapsulatedImageFrame(data, element, frame));
  throw new Error(
    `it has ${count} compressed frames in ${fragments.length} pieces, and no table that says where each begins`,
  );
}

/** Numbers of the stored bits, with their sign. */
function storedValues(bytes: Uint8Array, format: PixelFormat): Float64Array {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed, bigEndian } = format;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !(bigEndian && format.coding === "native");
  const wordAt = {
    8: (i: number) => view.getUint8(i),
    16: (i: number) => view.getUint16(2 * i, little),
    32: (i: number) => view.getUint32(4 * i, little),
  }[bitsAllocated];
  // Bits above the highest one belong to overlays of old files: the shifts drop them, and spread
  // the sign.
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < values.length; i++)
    values[i] = signed ? (wordAt(i) << up) >> down : (wordAt(i) << up) >>> down;
  return values;
}
