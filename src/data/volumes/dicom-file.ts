/** DICOM files, parsed by the library dicom-parser, and safe reading of their elements. */
import { readFile } from "fs/promises";
import { inflateRawSync } from "zlib";
import type { DataSet } from "dicom-parser";
import { dicomParser } from "./libraries";
import { requireReadable } from "./transfer-syntaxes";

/** Elements that are asked for: `x` and the tag's eight digits, as the library has it. */
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

/** Bytes into the file at which every DICOM file has `DICM` (PS3.10, section 7.1). */
const MAGIC_OFFSET = 128;
const MAGIC = "DICM";
/** A deflated file that grows beyond it is a bomb rather than a scan. */
const MAX_INFLATED = 2 ** 30;

/** Whether the bytes are those of a DICOM file. */
export function isDicom(head: Buffer): boolean {
  return head.toString("latin1", MAGIC_OFFSET, MAGIC_OFFSET + MAGIC.length) === MAGIC;
}

/**
 * Parses a DICOM file. Throws, without naming the file, when it is none, is damaged, or has a
 * transfer syntax that is not read.
 */
export async function parseDicomFile(file: string): Promise<DataSet> {
  const bytes = await readFile(file);
  if (!isDicom(bytes))
    throw new Error(`it is no DICOM file: '${MAGIC}' is missing at byte ${MAGIC_OFFSET}`);
  const { readPart10Header, parseDicom } = dicomParser();
  // First, since the library cannot make out what follows in a syntax that it does not know.
  requireReadable(
    parsed(() => readPart10Header(bytes, { untilTag: TAGS.pixels })).string(TAGS.transferSyntax) ??
      "",
  );
  return parsed(() => parseDicom(bytes, { inflater: inflate }));
}

function parsed(parse: () => DataSet): DataSet {
  try {
    return parse();
  } catch (error) {
    // The library throws strings and records beside errors.
    const { exception = error } = (error ?? {}) as { exception?: unknown };
    const reason = exception instanceof Error ? exception.message : String(exception);
    throw new Error(`it is damaged or cut short: ${reason.replace(/^dicomParser[.:]\w+: /, "")}`);
  }
}

/** Bytes of a deflated file with what follows `position` inflated. */
function inflate(bytes: Uint8Array, position: number): Uint8Array {
  const inflated = inflateRawSync(bytes.subarray(position), { maxOutputLength: MAX_INFLATED });
  return Buffer.concat([bytes.subarray(0, position), inflated]);
}

/**
 * The first `count` numbers of a text element; null where it is missing or empty. Throws when one
 * is no number, or there are too few.
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
    `element ${shownTag(tag)} should hold ${count} numbers, not '${text.slice(0, 60)}'`,
  );
}

/** A whole number of the header. Throws when it is missing. */
export function requiredUint16(data: DataSet, tag: string, name: string): number {
  const value = data.elements[tag] && data.uint16(tag);
  if (value !== undefined) return value;
  throw new Error(`its header lacks ${name}, ${shownTag(tag)}`);
}

/** `x00280010` as `(0028,0010)`. */
export function shownTag(tag: string): string {
  return `(${tag.slice(1, 5)},${tag.slice(5)})`;
}
