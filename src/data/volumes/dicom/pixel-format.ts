/** Reads from a DICOM header how the pixels of the file are stored. */
import type { DataSet } from "dicom-parser";
import { formatTag, type Note, requiredUint16, TAGS } from "./elements";
import { type PixelCoding, requireReadable } from "./transfer-syntaxes";

/** How the pixels of a file are stored, the same for all of its frames. */
export interface PixelFormat {
  /** The element with the pixels. */
  readonly tag: string;
  readonly coding: PixelCoding;
  readonly bigEndian: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16 | 32 | 64;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Whether the pixels are floating-point numbers of 32 or 64 bits. */
  readonly float: boolean;
  /** Lowest and highest stored value of the padding around the scan; null without padding. */
  readonly padding: readonly [number, number] | null;
}

/** Pixels of a frame; no scanner gives more, and a header that claims more would cost memory. */
const MAX_PIXELS = 2 ** 26;

/** The elements that can have the pixels. */
const PIXEL_TAGS = [TAGS.pixels, TAGS.floatPixels, TAGS.doublePixels];

/** The element with the pixels of a file; null if it has none. */
export function pixelTag(data: DataSet): string | null {
  return PIXEL_TAGS.find((tag) => data.elements[tag]) ?? null;
}

/**
 * Reads how pixels are stored.
 * @param tag the element with the pixels
 * @throws when the pixels are not grey or not of a kind that is read, or the header contradicts
 * itself; the message does not name the file
 */
export function readPixelFormat(data: DataSet, tag: string, note: Note): PixelFormat {
  const rows = requiredUint16(data, TAGS.rows, "Rows");
  const columns = requiredUint16(data, TAGS.columns, "Columns");
  if (!rows || !columns || rows * columns > MAX_PIXELS)
    throw new Error(`its header claims ${columns} x ${rows} pixels`);
  const { coding, bigEndian } = readCoding(data, tag, note);
  if (tag !== TAGS.pixels) {
    const bits = tag === TAGS.floatPixels ? 32 : 64;
    return {
      ...{ tag, coding, bigEndian, rows, columns, bitsAllocated: bits, bitsStored: bits },
      ...{ highBit: bits - 1, signed: true, float: true, padding: null },
    };
  }
  return {
    ...{ tag, coding, bigEndian, rows, columns, float: false },
    ...readBits(data, note),
  };
}

/** @throws when the transfer syntax is not read */
function readCoding(
  data: DataSet,
  tag: string,
  note: Note,
): { coding: PixelCoding; bigEndian: boolean } {
  const { coding, bigEndian } = requireReadable(data.string(TAGS.transferSyntax) ?? "");
  const isCompressed = Boolean(data.elements[tag].fragments) || beginsWithItems(data, tag);
  if (coding === "native" && isCompressed)
    throw new Error("its pixels are compressed, and its transfer syntax does not say how");
  if (coding !== "native" && !data.elements[tag].fragments) {
    if (isCompressed) throw new Error("its compressed pixels have a length, which is not valid");
    note("the transfer syntax says that the pixels are compressed, and they are not");
    return { coding: "native", bigEndian };
  }
  return { coding, bigEndian };
}

/** Whether pixel data of a stated length begin with two items, like compressed pixels. */
function beginsWithItems(data: DataSet, tag: string): boolean {
  const ITEM = [0xfe, 0xff, 0x00, 0xe0];
  const HEAD_BYTES = 8;
  const { byteArray } = data;
  const { dataOffset } = data.elements[tag];
  const isItem = (at: number) => ITEM.every((byte, i) => byteArray[at + i] === byte);
  if (!isItem(dataOffset) || dataOffset + HEAD_BYTES > byteArray.length) return false;
  const view = new DataView(byteArray.buffer, byteArray.byteOffset + dataOffset, HEAD_BYTES);
  return isItem(dataOffset + HEAD_BYTES + view.getUint32(ITEM.length, true));
}

/** The bits of a pixel that is an integer. */
function readBits(
  data: DataSet,
  note: Note,
): Pick<PixelFormat, "bitsAllocated" | "bitsStored" | "highBit" | "signed" | "padding"> {
  const bitsAllocated = requiredUint16(data, TAGS.bitsAllocated, "Bits Allocated");
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    throw new Error(`${bitsAllocated} bits a pixel are not read, only 8, 16 and 32`);
  const bitsStored = data.uint16(TAGS.bitsStored) ?? bitsAllocated;
  const highBit = data.uint16(TAGS.highBit) ?? bitsStored - 1;
  if (bitsStored < 1 || highBit >= bitsAllocated || highBit < bitsStored - 1)
    throw new Error(
      `its header contradicts itself: ${bitsStored} bits up to bit ${highBit} of ${bitsAllocated}`,
    );
  const signed = data.uint16(TAGS.signed) === 1;
  const bits = { bitsAllocated, bitsStored, highBit, signed } as const;
  return { ...bits, padding: readPadding(data, bits, note) };
}

function readPadding(
  data: DataSet,
  {
    bitsAllocated,
    bitsStored,
    signed,
  }: Pick<PixelFormat, "bitsAllocated" | "bitsStored" | "signed">,
  note: Note,
): PixelFormat["padding"] {
  const stored = (tag: string): number | undefined => {
    const bytes = data.elements[tag]?.length ?? 0;
    if (bytes < 2) return undefined;
    if (bitsAllocated === 32 && bytes >= 4) return signed ? data.int32(tag) : data.uint32(tag);
    return signed ? data.int16(tag) : data.uint16(tag);
  };
  const padding = stored(TAGS.padding);
  if (padding === undefined) return null;
  const limit = stored(TAGS.paddingLimit) ?? padding;
  if (Math.abs(limit - padding) < 2 ** (bitsStored - 1))
    return [Math.min(padding, limit), Math.max(padding, limit)];
  note(
    `the padding in the header ${formatTag(TAGS.paddingLimit)} includes half of all values or more: only ${formatTag(TAGS.padding)} is used`,
  );
  return [padding, padding];
}
