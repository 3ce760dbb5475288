/**
 * Reads DICOM files with the library dicom-parser, also those that lack a part of the standard's
 * file format.
 */
import { inflateRawSync } from "zlib";
import type { DataSet } from "dicom-parser";
import { readBytes } from "../../read-file";
import { TAGS } from "./elements";
import {
  bareEncoding,
  beginsWithMeta,
  encodingAt,
  MAGIC,
  MAGIC_OFFSET,
  magicOffset,
} from "./encoding";
import { dicomParser } from "../libraries";
import { requireReadable, uncompressedSyntax } from "./transfer-syntaxes";

/** Bytes; a file that is longer cannot be read into one buffer. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
/** The syntaxes of which files name one and use another. */
const CONFUSED = [true, false].map((explicit) =>
  uncompressedSyntax({ explicit, bigEndian: false }),
);
const SPACE = 0x20;
/** The tag of an item of a sequence. */
const ITEM = Buffer.from([0xfe, 0xff, 0x00, 0xe0]);
/** Items of a file; a scan of thousands of frames has fewer. */
const MAX_ITEMS = 2 ** 19;
/**
 * A deflated file that becomes longer than this when it is inflated is an attack, not a scan: in
 * bytes, and as a multiple of its size.
 */
const MAX_INFLATED = { least: 2 ** 26, ratio: 100, most: 2 ** 30 };

/**
 * Reads and parses a DICOM file.
 * @throws when it is not DICOM, is damaged, or has a transfer syntax that is not read; the message
 * does not name the file
 */
export async function parseDicomFile(file: string): Promise<DataSet> {
  const bytes = withMeta(await readBytes(file, MAX_FILE_BYTES));
  const { readPart10Header, parseDicom } = dicomParser();
  const meta = parsed(() => readPart10Header(bytes, { untilTag: TAGS.pixels }));
  const complete = withFoundSyntax(bytes, meta as DataSet & { position: number });
  // The syntax is checked first: the library cannot parse the rest in a syntax that it lacks.
  requireReadable(
    parsed(() => readPart10Header(complete, { untilTag: TAGS.pixels })).string(
      TAGS.transferSyntax,
    ) ?? "",
  );
  requireFewItems(complete);
  renameNewTypes(complete);
  return parsed(() => parseDicom(complete, { inflater: inflate }), meta);
}

/**
 * The bytes of a file with a preamble, `DICM` and file meta information, added where they are
 * missing.
 * @throws when the bytes are not DICOM
 */
function withMeta(bytes: Buffer): Buffer {
  const magic = magicOffset(bytes);
  if (magic === MAGIC_OFFSET) return bytes;
  if (magic === 0) return Buffer.concat([Buffer.alloc(MAGIC_OFFSET), bytes]);
  const encoding = bareEncoding(bytes);
  if (!encoding)
    throw new Error(
      `it is not a DICOM file: '${MAGIC}' is missing at byte ${MAGIC_OFFSET}, and it does not begin with a data set`,
    );
  if (beginsWithMeta(bytes))
    return Buffer.concat([Buffer.alloc(MAGIC_OFFSET), Buffer.from(MAGIC), bytes]);
  return fileOf(uncompressedSyntax(encoding), bytes);
}

/**
 * The bytes with the transfer syntax that the data set really has, where the file meta information
 * names none, or confuses explicit and implicit types.
 * @param meta the file meta information, and where it ends
 */
function withFoundSyntax(bytes: Buffer, meta: DataSet & { readonly position: number }): Buffer {
  const element = meta.elements[TAGS.transferSyntax];
  const named = meta.string(TAGS.transferSyntax) ?? "";
  if (named && !CONFUSED.includes(named)) return bytes;
  const found = encodingAt(bytes, meta.position);
  if (!found) return bytes;
  // The library does not recognize a UID that ends with a space.
  const isExact = named && bytes[element.dataOffset + named.length] !== SPACE;
  const syntax = uncompressedSyntax(found);
  return isExact && named === syntax ? bytes : fileOf(syntax, bytes.subarray(meta.position));
}

/** A DICOM file of a data set: preamble, `DICM`, and the transfer syntax. */
function fileOf(syntax: string, dataSet: Buffer): Buffer {
  const uid = Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax, "latin1");
  const head = Buffer.from([0x02, 0x00, 0x10, 0x00, 0x55, 0x49, uid.length, 0x00]);
  return Buffer.concat([Buffer.alloc(MAGIC_OFFSET), Buffer.from(MAGIC), head, uid, dataSet]);
}

/**
 * The tables of long offsets have a type that is newer than the library, which would not find the
 * end of their elements. It reads them as bytes.
 */
function renameNewTypes(bytes: Buffer): void {
  for (const element of [0x01, 0x02]) {
    const at = bytes.indexOf(Buffer.from([0xe0, 0x7f, element, 0x00, 0x4f, 0x56, 0, 0]));
    if (at >= 0) bytes.write("OB", at + 4, "latin1");
  }
}

/**
 * @throws when a file has so many items that parsing them would cost memory
 */
function requireFewItems(bytes: Buffer): void {
  let count = 0;
  for (let at = bytes.indexOf(ITEM); at >= 0; at = bytes.indexOf(ITEM, at + ITEM.length))
    if (++count > MAX_ITEMS) throw new Error(`it has more than ${MAX_ITEMS} items in sequences`);
}

/**
 * Runs the parser, and makes what it throws an error with a reason. Damage after the pixels does
 * not matter.
 * @param meta the file meta information, which belongs to what was parsed before the damage
 */
function parsed(parse: () => DataSet, meta?: DataSet): DataSet {
  try {
    return parse();
  } catch (error) {
    // The library also throws strings and objects that are not errors.
    const { exception = error, dataSet } = (error ?? {}) as {
      exception?: unknown;
      dataSet?: DataSet;
    };
    if (meta && dataSet?.elements[TAGS.pixels]) {
      Object.assign(dataSet.elements, meta.elements);
      return dataSet;
    }
    const reason = exception instanceof Error ? exception.message : String(exception);
    throw new Error(`it is damaged or cut short: ${reason.replace(/^dicomParser[.:]\w+: /, "")}`);
  }
}

/** The bytes of a deflated file, inflated after `position`. */
function inflate(bytes: Uint8Array, position: number): Uint8Array {
  const { least, ratio, most } = MAX_INFLATED;
  const maxOutputLength = Math.min(most, Math.max(least, ratio * bytes.length));
  const inflated = inflateRawSync(bytes.subarray(position), { maxOutputLength });
  return Buffer.concat([bytes.subarray(0, position), inflated]);
}
