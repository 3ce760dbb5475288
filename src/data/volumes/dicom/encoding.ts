/**
 * Recognizes DICOM data by their first bytes, and how their elements are encoded. A DICOM file
 * begins with a preamble of 128 bytes, `DICM` and the file meta information (PS3.10, section 7.1).
 * Scanners and network tools also write the data set alone, and headers that name another encoding.
 */

/** How the elements of a data set are encoded (PS3.5, chapter 7). */
export interface ElementEncoding {
  /** Whether every element has its type (value representation). */
  readonly explicit: boolean;
  readonly bigEndian: boolean;
}

/** An element: its tag, and where its value is. */
interface ElementHeader {
  readonly group: number;
  readonly element: number;
  /** Position of the first byte after the value. */
  readonly end: number;
}

/** Bytes at the beginning of a file that show whether it is DICOM. */
export const DICOM_HEAD_BYTES = 352;
/** Position of `DICM` in a DICOM file, in bytes. */
export const MAGIC_OFFSET = 128;
export const MAGIC = "DICM";

/** The groups of elements that a file without a preamble begins with. */
const META_GROUP = 0x0002;
const FIRST_GROUPS = [META_GROUP, 0x0008];
/** The highest group that a data set begins with: the description of the pixels. */
const IMAGE_GROUP = 0x0028;
/**
 * The order in which the encodings are tried; a type in the bytes decides between the first two.
 */
const ENCODINGS: readonly ElementEncoding[] = [
  { explicit: true, bigEndian: false },
  { explicit: false, bigEndian: false },
  { explicit: true, bigEndian: true },
];
/** The types of elements (PS3.5, table 6.2-1). */
const TYPES = new Set(
  (
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN " +
    "UR US UT UV"
  ).split(" "),
);
/** The types whose length has four bytes, after two unused ones. */
const LONG_TYPES = new Set("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(" "));

/** Whether a file is DICOM, with or without a preamble, from its first bytes. */
export function isDicom(head: Buffer): boolean {
  return magicOffset(head) !== null || bareEncoding(head) !== null;
}

/** Where `DICM` is: after the preamble, or at the beginning of a file without one; else null. */
export function magicOffset(head: Buffer): number | null {
  const isMagicAt = (at: number) => head.toString("latin1", at, at + MAGIC.length) === MAGIC;
  return [MAGIC_OFFSET, 0].find(isMagicAt) ?? null;
}

/**
 * The encoding of a file that begins with an element, because it has neither a preamble nor `DICM`;
 * null for other files. Two elements in rising order are required, so that other files are not
 * taken for DICOM.
 */
export function bareEncoding(head: Buffer): ElementEncoding | null {
  const isBare = (encoding: ElementEncoding) => {
    const first = elementAt(head, 0, encoding);
    if (!first || !FIRST_GROUPS.includes(first.group)) return false;
    const second = elementAt(head, first.end, encoding);
    if (!second || second.group > IMAGE_GROUP) return false;
    return (
      second.group > first.group || (second.group === first.group && second.element > first.element)
    );
  };
  return ENCODINGS.find(isBare) ?? null;
}

/** Whether a file begins with the file meta information. */
export function beginsWithMeta(head: Buffer): boolean {
  return elementAt(head, 0, ENCODINGS[0])?.group === META_GROUP;
}

/**
 * The encoding of the data set that begins at a position.
 * @returns null if no element is recognized there
 */
export function encodingAt(bytes: Buffer, at: number): ElementEncoding | null {
  const isRecognized = (encoding: ElementEncoding) => {
    const first = elementAt(bytes, at, encoding);
    return first !== null && first.group <= IMAGE_GROUP && first.end <= bytes.length;
  };
  return ENCODINGS.find(isRecognized) ?? null;
}

/** The element at a position; null if there is none in this encoding. */
function elementAt(
  bytes: Buffer,
  at: number,
  { explicit, bigEndian }: ElementEncoding,
): ElementHeader | null {
  const uint16 = (offset: number) =>
    bigEndian ? bytes.readUint16BE(offset) : bytes.readUint16LE(offset);
  const uint32 = (offset: number) =>
    bigEndian ? bytes.readUint32BE(offset) : bytes.readUint32LE(offset);
  const SHORT = 8;
  const LONG = 12;
  if (at + SHORT > bytes.length) return null;
  const tag = { group: uint16(at), element: uint16(at + 2) };
  if (!explicit) return { ...tag, end: at + SHORT + uint32(at + 4) };
  const type = bytes.toString("latin1", at + 4, at + 6);
  if (!TYPES.has(type)) return null;
  if (!LONG_TYPES.has(type)) return { ...tag, end: at + SHORT + uint16(at + 6) };
  return at + LONG > bytes.length ? null : { ...tag, end: at + LONG + uint32(at + 8) };
}
