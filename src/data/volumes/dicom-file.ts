/** Reads DICOM files with the library dicom-parser, and checks the elements of their headers. */
import { readFile } from "fs/promises";
import { inflateRawSync } from "zlib";
import type { DataSet } from "dicom-parser";
import { dicomParser } from "./libraries";
import { requireReadable } from "./transfer-syntaxes";

/** The elements that are read: `x` and the eight digits of the tag, as the library names them. */
export const TAGS = {
  transferSyntax: "x00020010",
  seriesUid: "x0020000e",
  instanceNumber: "x00200013",
  position: "x00200032",
  orientation: "x00200037",
  samples: "x00280002",
  photometric: "x00280004",
  frames: "x00280008",
  rows: "x00280010",
  columns: "x00280011",
  spacing: "x00280030",
  bitsAllocated: "x00280100",
  bitsStored: "x00280101",
  highBit: "x00280102",
  signed: "x00280103",
  padding: "x00280120",
  paddingLimit: "x00280121",
  windowCenter: "x00281050",
  windowWidth: "x00281051",
  windowFunction: "x00281056",
  intercept: "x00281052",
  slope: "x00281053",
  modalityLut: "x00283000",
  modality: "x00080060",
  sharedGroups: "x52009229",
  frameGroups: "x52009230",
  floatPixels: "x7fe00008",
  doublePixels: "x7fe00009",
  pixels: "x7fe00010",
} as const;

/** Position of `DICM` in every DICOM file, in bytes (PS3.10, section 7.1). */
const MAGIC_OFFSET = 128;
const MAGIC = "DICM";
/** Bytes; a deflated file that is longer when inflated is an attack, not a scan. */
const MAX_INFLATED = 2 ** 30;
/** Characters of an element that a message shows. */
const MAX_SHOWN = 60;

/** Whether a file is DICOM, from its first 132 bytes. */
export function isDicom(head: Buffer): boolean {
  return head.toString("latin1", MAGIC_OFFSET, MAGIC_OFFSET + MAGIC.length) === MAGIC;
}

/**
 * Reads and parses a DICOM file.
 * @throws when it is not DICOM, is damaged, or has a transfer syntax that is not read; the message
 * does not name the file
 */
export async function parseDicomFile(file: string): Promise<DataSet> {
  const bytes = await readFile(file);
  if (!isDicom(bytes))
    throw new Error(`it is not a DICOM file: '${MAGIC}' is missing at byte ${MAGIC_OFFSET}`);
  const { readPart10Header, parseDicom } = dicomParser();
  // The syntax is checked first: the library cannot parse the rest in a syntax that it lacks.
  requireReadable(
    parsed(() => readPart10Header(bytes, { untilTag: TAGS.pixels })).string(TAGS.transferSyntax) ??
      "",
  );
  return parsed(() => parseDicom(bytes, { inflater: inflate }));
}

/** Runs the parser, and makes what it throws an error with a reason. */
function parsed(parse: () => DataSet): DataSet {
  try {
    return parse();
  } catch (error) {
    // The library also throws strings and objects that are not errors.
    const { exception = error } = (error ?? {}) as { exception?: unknown };
    const reason = exception instanceof Error ? exception.message : String(exception);
    throw new Error(`it is damaged or cut short: ${reason.replace(/^dicomParser[.:]\w+: /, "")}`);
  }
}

/** The bytes of a deflated file, inflated after `position`. */
function inflate(bytes: Uint8Array, position: number): Uint8Array {
  const inflated = inflateRawSync(bytes.subarray(position), { maxOutputLength: MAX_INFLATED });
  return Buffer.concat([bytes.subarray(0, position), inflated]);
}

/**
 * The first `count` numbers of a text element; null if it is missing or empty.
 * @throws when one of them is not a number, or there are too few
 */
export function decimals(data: DataSet, tag: string, count: number): number[] | null {
  const text = data.string(tag)?.trim();
  if (!text) return null;
  const numbers = text
    .split("\\")
    .slice(0, count)
    .map((part) => (part.trim() ? Number(part) : NaN));
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new Error(
    `element ${formatTag(tag)} should contain ${count} numbers, not '${text.slice(0, MAX_SHOWN)}'`,
  );
}

/**
 * An integer of the header.
 * @param name of the element, for the message
 * @throws when it is missing
 */
export function requiredUint16(data: DataSet, tag: string, name: string): number {
  const value = data.elements[tag] && data.uint16(tag);
  if (value !== undefined) return value;
  throw new Error(`its header lacks ${name}, ${formatTag(tag)}`);
}

/** A tag as the DICOM standard writes it: `x00280010` becomes `(0028,0010)`. */
export function formatTag(tag: string): string {
  return `(${tag.slice(1, 5)},${tag.slice(5)})`;
}
