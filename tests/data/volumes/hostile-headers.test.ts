/**
 * Headers that claim absurd things: each file is read or refused with its name, soon, and without
 * the memory that it claims.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "fs";
import { basename, join } from "path";
import { test } from "node:test";
import { deflateRawSync, gunzipSync, gzipSync } from "zlib";
import { MAX_SIDE } from "../../../src/data/image";
import { openVolumes } from "../../../src/data/volumes/open-volumes";
import { slicePicture } from "../../../src/data/volumes/volume";
import { openVoxels } from "../../../src/data/volumes/voxel-volume";
import { Random } from "../../../src/util/random";
import { temporaryFolder } from "../files";
import { scan } from "./scans";

/** Bytes; more than these small files need, and less than they claim. */
const MEMORY = 300 * 2 ** 20;
/** Milliseconds that a file may take at most. */
const SOON = 15_000;

/** Reads everything in a file, and checks that what is read makes sense. Returns the messages. */
async function readAll(file: string): Promise<string[]> {
  const { volumes, failed, withoutImage } = await openVolumes([file], { timePoint: "all" });
  const messages = [...failed, ...withoutImage].map(({ message }) => message);
  for (const volume of volumes) {
    assert.ok(volume.slices.length > 0);
    // Some slices show what all of them do.
    for (const slice of volume.slices.slice(0, 20)) {
      const { window, spacing, grid } = slice;
      assert.ok([window.level, window.width].every(Number.isFinite), "the window is finite");
      if (spacing) assert.ok(spacing.every((side) => side > 0 && Number.isFinite(side)));
      if (grid) assert.ok([...grid.origin, ...grid.column, ...grid.row].every(Number.isFinite));
      try {
        const { pixels, width, height } = await slicePicture(volume, slice);
        assert.equal(pixels.length, width * height);
        assert.ok(Math.max(width, height) <= MAX_SIDE);
      } catch (error) {
        messages.push((error as Error).message);
      }
    }
  }
  for (const message of messages)
    assert.ok(message.includes(basename(file)), `'${message}' does not name the file`);
  return messages;
}

/** Reads a file within limits of time and memory. */
async function readWithinLimits(file: string): Promise<string[]> {
  const memory = process.memoryUsage().rss;
  const start = performance.now();
  const messages = await readAll(file);
  assert.ok(performance.now() - start < SOON, `${basename(file)} took too long`);
  assert.ok(process.memoryUsage().rss - memory < MEMORY, `${basename(file)} took memory`);
  return messages;
}

// DICOM

/** An element with explicit type, little endian. */
function element(tag: number, type: string, value: string | number | Buffer): Buffer {
  const LONG = "OB OW OF OD SQ UN UT".split(" ");
  const bytes = Buffer.isBuffer(value)
    ? value
    : typeof value === "number"
      ? Buffer.from([value & 0xff, (value >> 8) & 0xff])
      : Buffer.from(value.length % 2 ? `${value} ` : value, "latin1");
  const head = Buffer.alloc(LONG.includes(type) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(type, 4, "latin1");
  if (LONG.includes(type)) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length & 0xffff, 6);
  return Buffer.concat([head, bytes]);
}

/** The head of an element or item of undefined length. */
function open(tag: number, type = ""): Buffer {
  const head = Buffer.alloc(type ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  if (type) head.write(type, 4, "latin1");
  head.writeUInt32LE(0xffffffff, type ? 8 : 4);
  return head;
}

const PREAMBLE = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]);
const EXPLICIT = element(0x00020010, "UI", "1.2.840.10008.1.2.1\0");
const PIXELS = element(
  0x7fe00010,
  "OW",
  Buffer.from(Array.from({ length: 512 }, (_, i) => i & 15)),
);

/** A sound file of 16 x 16 pixels, with elements that replace others or are added. */
function dicom(changes: Record<number, Buffer | null> = {}, syntax = EXPLICIT): Buffer {
  const elements: Record<number, Buffer | null> = {
    [0x00080060]: element(0x00080060, "CS", "MR"),
    [0x0020000e]: element(0x0020000e, "UI", "1.2.3"),
    [0x00200013]: element(0x00200013, "IS", "1"),
    [0x00200032]: element(0x00200032, "DS", "0\\0\\0"),
    [0x00200037]: element(0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
    [0x00280002]: element(0x00280002, "US", 1),
    [0x00280004]: element(0x00280004, "CS", "MONOCHROME2"),
    [0x00280010]: element(0x00280010, "US", 16),
    [0x00280011]: element(0x00280011, "US", 16),
    [0x00280030]: element(0x00280030, "DS", "1\\1"),
    [0x00280100]: element(0x00280100, "US", 16),
    [0x00280101]: element(0x00280101, "US", 12),
    [0x00280102]: element(0x00280102, "US", 11),
    [0x00280103]: element(0x00280103, "US", 0),
    [0x7fe00010]: PIXELS,
    ...changes,
  };
  const parts = Object.keys(elements)
    .map(Number)
    .sort((a, b) => a - b)
    .map((tag) => elements[tag] ?? Buffer.alloc(0));
  return Buffer.concat([PREAMBLE, syntax, ...parts]);
}

const text = (tag: number, type: string, value: string) => ({ [tag]: element(tag, type, value) });
const number = (tag: number, value: number) => ({ [tag]: element(tag, "US", value) });
const NESTED = 20_000;
const items = (count: number) =>
  Buffer.concat(
    Array.from({ length: count }, () => Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])),
  );

/** Hostile DICOM files: `read` if they must be read, else a part of the reason. */
const DICOM: Record<string, { readonly bytes: () => Buffer; readonly right: "read" | RegExp }> = {
  sound: { bytes: () => dicom(), right: "read" },
  empty: { bytes: () => Buffer.alloc(0), right: /not a DICOM file/ },
  "one byte": { bytes: () => Buffer.alloc(1), right: /not a DICOM file/ },
  "magic only": { bytes: () => Buffer.from("DICM"), right: /./ },
  "preamble only": {
    bytes: () => PREAMBLE,
    right: /names no transfer syntax .* it is cut short or damaged/,
  },
  "meta only": { bytes: () => Buffer.concat([PREAMBLE, EXPLICIT]), right: /damaged or cut short/ },
  zeros: { bytes: () => Buffer.alloc(100_000), right: /not a DICOM file/ },
  ones: { bytes: () => Buffer.alloc(100_000, 0xff), right: /not a DICOM file/ },
  "an endless syntax": {
    bytes: () => dicom({}, element(0x00020010, "UI", "1.".repeat(30_000))),
    right: /transfer syntax, unknown .{0,130}, is not read/,
  },
  "frames -1": { bytes: () => dicom(text(0x00280008, "IS", "-1")), right: /claims -1 frames/ },
  "frames 1.5": { bytes: () => dicom(text(0x00280008, "IS", "1.5")), right: /claims 1.5 frames/ },
  "frames 1e9": { bytes: () => dicom(text(0x00280008, "IS", "1e9")), right: /claims 1000000000/ },
  "frames text": {
    bytes: () => dicom(text(0x00280008, "IS", "many")),
    right: /should contain 1 num/,
  },
  "frames 1e999": {
    bytes: () => dicom(text(0x00280008, "IS", "1e999")),
    right: /should contain 1/,
  },
  "two frames, data for one": {
    bytes: () => dicom(text(0x00280008, "IS", "2")),
    right: /claims 2 frames of 16 x 16 pixels, and its data have 512 bytes/,
  },
  "no rows": { bytes: () => dicom({ [0x00280010]: null }), right: /lacks Rows/ },
  "rows of one byte": {
    bytes: () => dicom({ [0x00280010]: element(0x00280010, "US", Buffer.from([16])) }),
    right: /./,
  },
  "rows empty": {
    bytes: () => dicom({ [0x00280010]: element(0x00280010, "US", Buffer.alloc(0)) }),
    right: /lacks Rows/,
  },
  "65535 x 65535": {
    bytes: () => dicom({ ...number(0x00280010, 65535), ...number(0x00280011, 65535) }),
    right: /claims 65535 x 65535 pixels/,
  },
  "0 columns": { bytes: () => dicom(number(0x00280011, 0)), right: /claims 0 x 16 pixels/ },
  "0 bits": { bytes: () => dicom(number(0x00280100, 0)), right: /0 bits a pixel/ },
  "1 bit": { bytes: () => dicom(number(0x00280100, 1)), right: /1 bits a pixel/ },
  "65535 bits stored": { bytes: () => dicom(number(0x00280101, 65535)), right: /65535 bits up to/ },
  "0 bits stored": { bytes: () => dicom(number(0x00280101, 0)), right: /0 bits up to bit/ },
  "high bit 200": { bytes: () => dicom(number(0x00280102, 200)), right: /up to bit 200 of 16/ },
  "three samples": {
    bytes: () => dicom(number(0x00280002, 3)),
    right: /its pixels are MONOCHROME2/,
  },
  "endless photometric": {
    bytes: () => dicom(text(0x00280004, "CS", "M".repeat(60_000))),
    right: /only MONOCHROME1 and MONOCHROME2/,
  },
  "no pixels": { bytes: () => dicom({ [0x7fe00010]: null }), right: /has no image/ },
  "pixels of no bytes": {
    bytes: () => dicom({ [0x7fe00010]: element(0x7fe00010, "OW", Buffer.alloc(0)) }),
    right: /its data have 0 bytes/,
  },
  "pixels of undefined length without an end": {
    bytes: () => dicom({ [0x7fe00010]: open(0x7fe00010, "OW") }),
    right: /./,
  },
  "a sequence without an end": {
    bytes: () => dicom({ [0x00081140]: open(0x00081140, "SQ") }),
    right: /./,
  },
  "a million empty items": {
    bytes: () => dicom({ [0x00081140]: element(0x00081140, "SQ", items(1e6)) }),
    right: /more than 524288 items/,
  },
  "sequences in sequences": {
    bytes: () =>
      dicom({
        [0x00081140]: Buffer.concat(
          Array.from({ length: NESTED }, () =>
            Buffer.concat([open(0x00081140, "SQ"), open(0xfffee000)]),
          ),
        ),
      }),
    right: /damaged or cut short/,
  },
  "implicit sequences in sequences": {
    bytes: () =>
      Buffer.concat([
        PREAMBLE,
        element(0x00020010, "UI", "1.2.840.10008.1.2\0"),
        ...Array.from({ length: NESTED }, () =>
          Buffer.concat([open(0x00081140), open(0xfffee000)]),
        ),
      ]),
    right: /damaged or cut short|has no image/,
  },
  "an element beyond the end": {
    bytes: () => {
      const long = element(0x00204000, "UT", "text");
      long.writeUInt32LE(0xfffffff0, 8);
      return dicom({ [0x00204000]: long });
    },
    right: /./,
  },
  "a deflated gigabyte": {
    bytes: () =>
      Buffer.concat([
        PREAMBLE,
        element(0x00020010, "UI", "1.2.840.10008.1.2.1.99"),
        deflateRawSync(Buffer.alloc(2 ** 29), { level: 1 }),
      ]),
    right: /damaged or cut short/,
  },
  "positions of 1e308": {
    bytes: () => dicom(text(0x00200032, "DS", "1e308\\-1e308\\1e308")),
    right: "read",
  },
  "a spacing of 1e-300": { bytes: () => dicom(text(0x00280030, "DS", "1e-300\\1")), right: "read" },
  "a spacing of 1e308": {
    bytes: () => dicom(text(0x00280030, "DS", "1e308\\1e308")),
    right: "read",
  },
  "a spacing of Infinity": {
    bytes: () => dicom(text(0x00280030, "DS", "Infinity\\1")),
    right: "read",
  },
  "an endless spacing": {
    bytes: () => dicom(text(0x00280030, "DS", "1\\".repeat(30_000))),
    right: "read",
  },
  "directions of 1e200": {
    bytes: () => dicom(text(0x00200037, "DS", "1e200\\0\\0\\0\\1e200\\0")),
    right: "read",
  },
  "a window of 1e308": {
    bytes: () => dicom({ ...text(0x00281050, "DS", "1e308"), ...text(0x00281051, "DS", "1e308") }),
    right: "read",
  },
  "a window of 1e-308": {
    bytes: () => dicom({ ...text(0x00281050, "DS", "0"), ...text(0x00281051, "DS", "2e-308") }),
    right: "read",
  },
  "ten thousand windows": {
    bytes: () =>
      dicom({
        ...text(0x00281050, "DS", "0\\".repeat(10_000)),
        ...text(0x00281051, "DS", "0\\".repeat(10_000)),
      }),
    right: "read",
  },
  "a slope of 1e308": {
    bytes: () => dicom(text(0x00281053, "DS", "1e308")),
    right: /none of its values is finite/,
  },
  "values that are not finite": {
    bytes: () => dicom({ ...text(0x00281053, "DS", "1e308"), ...text(0x00281052, "DS", "1e308") }),
    right: /none of its values is finite/,
  },
  "a table of values that is cut": {
    bytes: () =>
      dicom({
        [0x00283000]: element(
          0x00283000,
          "SQ",
          Buffer.concat([
            open(0xfffee000),
            element(0x00283002, "US", Buffer.alloc(6)),
            Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]),
          ]),
        ),
      }),
    right: /table of values \(0028,3000\) is cut short/,
  },
  "groups of frames that are not there": {
    bytes: () =>
      dicom({
        ...text(0x00280008, "IS", "1"),
        [0x52009230]: element(0x52009230, "SQ", items(3)),
        [0x52009229]: element(0x52009229, "SQ", Buffer.alloc(0)),
      }),
    right: "read",
  },
  "run lengths of a million fragments": {
    bytes: () =>
      dicom(
        {
          [0x7fe00010]: Buffer.concat([
            open(0x7fe00010, "OB"),
            items(1e6),
            Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
          ]),
        },
        element(0x00020010, "UI", "1.2.840.10008.1.2.5\0"),
      ),
    right: /more than 524288 items/,
  },
  "offsets of frames outside the pixels": {
    bytes: () => {
      const table = Buffer.from([
        0xfe, 0xff, 0x00, 0xe0, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f,
      ]);
      return dicom(
        {
          ...text(0x00280008, "IS", "2"),
          [0x7fe00010]: Buffer.concat([
            open(0x7fe00010, "OB"),
            table,
            items(2),
            Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
          ]),
        },
        element(0x00020010, "UI", "1.2.840.10008.1.2.5\0"),
      );
    },
    right: /./,
  },
  "a bare data set that ends": {
    bytes: () => dicom().subarray(PREAMBLE.length + EXPLICIT.length, PREAMBLE.length + 200),
    right: /has no image|damaged|lacks/,
  },
};

for (const [name, { bytes, right }] of Object.entries(DICOM))
  test(`DICOM, ${name}`, async () => {
    const file = join(temporaryFolder(), "hostile.dcm");
    writeFileSync(file, bytes());
    const messages = await readWithinLimits(file);
    if (right === "read") assert.deepEqual(messages, []);
    else assert.match(messages.join("\n"), right);
  });

// NIfTI

/** A sound file of 7 x 6 x 5 voxels. */
const NIFTI = readFileSync(scan("slope-0.nii"));
const NIFTI2 = readFileSync(scan("sform-zero-2.nii"));
const ANALYZE = readFileSync(scan("analyze.hdr"));

function nifti(change: (bytes: Buffer) => void, source = NIFTI): () => Buffer {
  return () => {
    const bytes = Buffer.from(source);
    change(bytes);
    return bytes;
  };
}

/** Sets the sizes of the axes, beginning with their number. */
function dims(...sizes: number[]): (bytes: Buffer) => void {
  return (bytes) => sizes.forEach((size, i) => bytes.writeInt16LE(size, 40 + 2 * i));
}

const float = (offset: number, ...values: number[]) =>
  nifti((bytes) => values.forEach((value, i) => bytes.writeFloatLE(value, offset + 4 * i)));
const short = (offset: number, value: number) =>
  nifti((bytes) => void bytes.writeInt16LE(value, offset));

/** Hostile NIfTI files, as above. */
const NIFTIS: Record<string, { readonly bytes: () => Buffer; readonly right: "read" | RegExp }> = {
  sound: { bytes: nifti(() => undefined), right: "read" },
  empty: { bytes: () => Buffer.alloc(0), right: /not a NIfTI file/ },
  "half a header": { bytes: () => NIFTI.subarray(0, 170), right: /not a NIfTI file/ },
  "a header alone": { bytes: () => NIFTI.subarray(0, 352), right: /cut short/ },
  zeros: { bytes: () => Buffer.alloc(10_000), right: /not a NIfTI file/ },
  "another size of the header": {
    bytes: nifti((bytes) => void bytes.writeInt32LE(349, 0)),
    right: /NIFTI|NIfTI/,
  },
  "the magic word of NIfTI-2": {
    bytes: nifti((bytes) => void bytes.write("n+2", 344)),
    right: /NIfTI/,
  },
  "0 dimensions": { bytes: nifti(dims(0)), right: /claims 0 dimensions/ },
  "1 dimension": { bytes: nifti(dims(1)), right: /claims 1 dimensions/ },
  "8 dimensions": { bytes: nifti(dims(8)), right: /8 dimensions|NIfTI/ },
  "-3 dimensions": { bytes: nifti(dims(-3)), right: /claims -3 dimensions/ },
  "a billion volumes": {
    bytes: nifti(dims(5, 7, 6, 5, 32767, 32767)),
    right: /more than 65536 volumes/,
  },
  "32767 to the seventh": {
    bytes: nifti(dims(7, ...Array.from({ length: 7 }, () => 32767))),
    right: /more than 1073741824 bytes/,
  },
  "30000 volumes, data for one": {
    bytes: nifti(dims(4, 7, 6, 5, 30_000)),
    right: /time point 1\): it is cut short/,
  },
  "30000 gzipped volumes, data for one": {
    bytes: () => gzipSync(nifti(dims(4, 7, 6, 5, 30_000))()),
    right: /time point 1\): it is cut short/,
  },
  "no slices": { bytes: nifti(dims(3, 7, 6, 0)), right: /claims 7 x 6 x 0 voxels/ },
  "a fourth axis of 0": { bytes: nifti(dims(4, 7, 6, 5, 0)), right: /claims 7 x 6 x 5 x 0/ },
  "a negative axis": { bytes: nifti(dims(3, 7, -6, 5)), right: /claims 7 x -6 x 5/ },
  "a picture of 32767 x 1": { bytes: nifti(dims(3, 32767, 1, 1)), right: /cut short/ },
  "type 0": { bytes: short(70, 0), right: /of an unknown type \(type 0\)/ },
  "type 9999": { bytes: short(70, 9999), right: /of an unknown type/ },
  "single bits": { bytes: short(70, 1), right: /single bits/ },
  "colors with transparency": { bytes: short(70, 2304), right: /RGBA colors/ },
  "numbers of 128 bits": { bytes: short(70, 1536), right: /128 bits/ },
  "type of 64 bits, data of 16": { bytes: short(70, 64), right: /cut short/ },
  "voxels at NaN": { bytes: float(108, NaN), right: /voxels begin at byte NaN/ },
  "voxels at infinity": { bytes: float(108, Infinity), right: /voxels begin at byte Infinity/ },
  "voxels at 1e30": { bytes: float(108, 1e30), right: /voxels begin at byte/ },
  "voxels before the file": { bytes: float(108, -1e6), right: "read" },
  "voxels in the header": { bytes: float(108, 4), right: "read" },
  "voxels at the end": { bytes: float(108, 700), right: /cut short/ },
  "voxels at a gigabyte": { bytes: float(108, 2 ** 30), right: /cut short/ },
  "gzipped voxels at a gigabyte": {
    bytes: () => gzipSync(float(108, 2 ** 30)()),
    right: /cut short/,
  },
  "sides of infinity": { bytes: float(76, 1, Infinity, Infinity, Infinity), right: "read" },
  "sides of 1e-30": { bytes: float(76, 1, 1e-30, 1e-30, 1e-30), right: "read" },
  "sides of NaN": { bytes: float(76, NaN, NaN, NaN, NaN), right: "read" },
  "an sform of NaN": { bytes: float(280, ...Array.from({ length: 12 }, () => NaN)), right: "read" },
  "an sform of infinity": { bytes: float(280, Infinity), right: "read" },
  "an sform of 1e38": {
    bytes: float(280, 1e38, 0, 0, 0, 0, 1e-38, 0, 0, 0, 0, 1, 0),
    right: "read",
  },
  "an offset of infinity": { bytes: float(292, Infinity), right: "read" },
  "an sform with one long axis": { bytes: float(280, 1e6, 0, 0, 0), right: "read" },
  "a slope of infinity": { bytes: float(112, Infinity, 0), right: "read" },
  "a slope of 1e38": { bytes: float(112, 1e38, 0), right: /none of its values is finite|^$/ },
  "an intercept of infinity": { bytes: float(112, 1, Infinity), right: "read" },
  "unit 7": { bytes: nifti((bytes) => void bytes.writeUInt8(255, 123)), right: "read" },
  "an extension of 2 GB": {
    bytes: nifti((bytes) => {
      bytes.writeUInt8(1, 348);
      bytes.writeInt32LE(0x7fffffff, 352);
    }),
    right: "read",
  },
  "a gzipped gzip": { bytes: () => gzipSync(gzipSync(NIFTI)), right: /not a NIfTI file/ },
  "gzip without content": { bytes: () => gzipSync(Buffer.alloc(0)), right: /not a NIfTI file/ },
  "the first bytes of gzip": {
    bytes: () => Buffer.from([0x1f, 0x8b]),
    right: /read to its end|NIfTI/,
  },
  "gzip with a wrong sum": {
    bytes: () => {
      const bytes = gzipSync(NIFTI);
      bytes[bytes.length - 5] ^= 0xff;
      return bytes;
    },
    right: /^$|read to its end/,
  },
  "gzip with text after it": {
    bytes: () => Buffer.concat([gzipSync(NIFTI), Buffer.from("text")]),
    right: /read to its end/,
  },
  "a header of ANALYZE in one file": { bytes: () => ANALYZE, right: /not a NIfTI file/ },
  "NIfTI-2 with sizes of 2^60": {
    bytes: nifti((bytes) => void bytes.writeBigInt64LE(2n ** 60n, 24), NIFTI2),
    right: /claims/,
  },
  "NIfTI-2 with voxels at 2^62": {
    bytes: nifti((bytes) => void bytes.writeBigInt64LE(2n ** 62n, 168), NIFTI2),
    right: /voxels begin at byte|cut short/,
  },
  "NIfTI-2 with voxels before the file": {
    bytes: nifti((bytes) => void bytes.writeBigInt64LE(-5n, 168), NIFTI2),
    right: "read",
  },
};

for (const [name, { bytes, right }] of Object.entries(NIFTIS))
  test(`NIfTI, ${name}`, async () => {
    const file = join(temporaryFolder(), "hostile.nii");
    writeFileSync(file, bytes());
    const messages = await readWithinLimits(file);
    if (right === "read") assert.deepEqual(messages, []);
    else assert.match(messages.join("\n"), right);
    await openVoxels(file, { timePoint: 0 })
      .then((volume) => volume.readVoxels("coronal", 0))
      .then(
        (values) => assert.ok(values.length > 0),
        (error: Error) => assert.match(error.message, /hostile\.nii/),
      );
  });

test("pairs whose files do not fit each other are refused", async () => {
  const folder = temporaryFolder();
  const write = (name: string, header: Buffer, image: Buffer) => {
    writeFileSync(join(folder, `${name}.hdr`), header);
    writeFileSync(join(folder, `${name}.img`), image);
    return readAll(join(folder, `${name}.hdr`));
  };
  const header = readFileSync(scan("pair.hdr"));
  const image = readFileSync(scan("pair.img"));
  assert.deepEqual(await write("sound", header, image), []);
  assert.match((await write("short", header, image.subarray(2))).join(), /the last 2 bytes/);
  assert.match((await write("empty", header, Buffer.alloc(0))).join(), /cut short/);
  assert.match((await write("bits", withBits(ANALYZE, 32), image)).join(), /neither DICOM nor/);
  assert.match((await write("text", Buffer.from("ENVI\n"), image)).join(), /neither DICOM nor/);
  assert.match((await write("half", header.subarray(0, 340), image)).join(), /neither DICOM nor/);
});

function withBits(header: Buffer, bits: number): Buffer {
  const bytes = Buffer.from(header);
  bytes.writeInt16LE(bits, 72);
  return bytes;
}

// Fuzzing

const FOLDER = scan("");
const isScan = (name: string) => statSync(join(FOLDER, name)).isFile();
const SOURCES = readdirSync(FOLDER).filter(isScan);

for (const [kind, sources] of Object.entries({
  DICOM: SOURCES.filter((name) => /\.dcm$|^bare|^meta|^magic/.test(name)),
  NIfTI: SOURCES.filter((name) => /\.nii(\.gz)?$/.test(name)),
}))
  test(`${kind}: ${sources.length} files with wrong, missing and added bytes are read or refused`, async () => {
    const random = new Random(`hostile headers ${kind}`);
    const folder = temporaryFolder();
    const start = performance.now();
    let refused = 0;
    for (const [i, name] of sources.entries())
      for (let round = 0; round < 4; round++) {
        const raw = readFileSync(join(FOLDER, name));
        const isPacked = raw[0] === 0x1f && raw[1] === 0x8b && !/cut|members/.test(name);
        const changed = fuzz(isPacked ? gunzipSync(raw) : raw, random);
        const file = join(folder, `${i}-${round}-${name}`);
        writeFileSync(file, isPacked ? gzipSync(changed) : changed);
        if ((await readAll(file)).length) refused++;
      }
    assert.ok(refused > sources.length / 2, `only ${refused} were refused`);
    assert.ok(performance.now() - start < 4 * SOON);
  });

/** Changes, removes, repeats or adds some bytes, mostly in the header. */
function fuzz(source: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(source);
  const reach = () =>
    random.integer(random.chance(0.8) ? Math.min(900, bytes.length) : bytes.length);
  for (let n = 1 + random.integer(6); n > 0; n--) {
    const at = reach();
    const what = random.integer(5);
    if (what <= 1) bytes[at] = random.integer(256);
    else if (what === 2) bytes[at] = [0, 0xff, 0x7f, 0x80][random.integer(4)];
    else if (what === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(8))]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(Math.max(0, at - random.integer(16))),
      ]);
  }
  return bytes;
}
