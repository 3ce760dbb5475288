/** Reads the header of a DICOM file: size, position, rescaling and window of its frames. */
import type { DataSet } from "dicom-parser";
import { type Distinctions, readDistinctions } from "./distinctions";
import { decimals, formatTag, type Note, optionalDecimals, TAGS } from "./elements";
import { type FrameGeometry, readGeometry } from "./frame-geometry";
import { groupHolder } from "./groups";
import { type PixelFormat, pixelTag, readPixelFormat } from "./pixel-format";
import { type ModalityLut, readModalityLut } from "./modality-lut";
import { readWindow } from "./frame-window";
import type { GreyWindow } from "../grey-window";

/** The header of one frame. */
export interface DicomFrame extends FrameGeometry {
  /** Value = stored number * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** The first valid window of the header; null if there is none. */
  readonly window: GreyWindow | null;
  /** What sets the frame apart from others at the same position. */
  readonly distinctions: Distinctions;
  /** Remarks on what is left out because the header is invalid. */
  readonly notes: readonly string[];
}

/** The header of a file. */
export interface DicomHeader {
  readonly format: PixelFormat;
  /** The table from stored numbers to values; null if they are rescaled by a slope. */
  readonly lut: ModalityLut | null;
  /** Whether high values are dark (MONOCHROME1). */
  readonly inverted: boolean;
  readonly modality: string | null;
  readonly seriesUid: string | null;
  readonly seriesNumber: string | null;
  readonly instanceUid: string | null;
  readonly instanceNumber: number;
  readonly frames: readonly DicomFrame[];
}

/** A DICOM file that is sound and holds no image to detect in. The message is the reason. */
export class NoImage extends Error {}

/** Frames of a file; no scanner gives more, and a header that claims more would cost memory. */
const MAX_FRAMES = 2 ** 16;
/** The bytes by which pixel data may be longer than their frames: they make the length even. */
const EVEN = 1;
/** The class of the index of a disc (PS3.3, annex F). */
const DIRECTORY_CLASS = "1.2.840.10008.1.3.10";
/** Kinds of data that have pixels and are not pictures of a patient. */
const NOT_SCANS: Readonly<Record<string, string>> = {
  SEG: "a segmentation",
  RTDOSE: "a dose distribution",
};

/**
 * Reads the header of a file.
 * @throws NoImage when the file holds no image
 * @throws when the file is not a grey image, is of a kind that is not read, or contradicts itself;
 * the message does not name the file
 */
export function readDicomHeader(data: DataSet): DicomHeader {
  const tag = requirePixels(data);
  const notes: string[] = [];
  const note: Note = (remark) => notes.push(remark);
  const photometric = readPhotometric(data, note);
  const format = readPixelFormat(data, tag, note);
  const count = readFrameCount(data, format, note);
  return {
    format,
    lut: readModalityLut(data, format.signed),
    inverted: photometric === "MONOCHROME1",
    modality: data.string(TAGS.modality) ?? null,
    seriesUid: data.string(TAGS.seriesUid) ?? null,
    seriesNumber: data.string(TAGS.seriesNumber) ?? null,
    instanceUid: data.string(TAGS.sopInstance) ?? null,
    instanceNumber:
      optionalDecimals(
        data,
        { tag: TAGS.instanceNumber, count: 1, name: "the instance number" },
        note,
      )?.[0] ?? 0,
    frames: Array.from({ length: count }, (_, index) =>
      readFrame(data, { index, count, format, notes }),
    ),
  };
}

/**
 * The element with the pixels.
 * @throws NoImage when there is none, or it is no picture of a patient
 */
function requirePixels(data: DataSet): string {
  const modality = data.string(TAGS.modality) ?? "unknown";
  if (data.string(TAGS.mediaSopClass) === DIRECTORY_CLASS || data.elements[TAGS.directory])
    throw new NoImage("it has no image: it is the index of a disc (DICOMDIR)");
  const tag = pixelTag(data);
  if (!tag) throw new NoImage(`it has no image (its modality is ${modality})`);
  if (NOT_SCANS[modality])
    throw new NoImage(`it has no image of a patient, but ${NOT_SCANS[modality]}`);
  return tag;
}

/** @throws when the pixels are not grey */
function readPhotometric(data: DataSet, note: Note): string {
  const photometric = data.string(TAGS.photometric) ?? "";
  const samples = data.uint16(TAGS.samples) ?? 1;
  if (samples === 1 && !photometric) {
    note(
      `the header does not say whether high values are bright ${formatTag(TAGS.photometric)}: they are assumed to be`,
    );
    return "MONOCHROME2";
  }
  if (/^MONOCHROME[12]$/.test(photometric) && samples === 1) return photometric;
  throw new Error(
    `its pixels are ${photometric || "of an unknown kind"}; only MONOCHROME1 and MONOCHROME2, which are grey, are read`,
  );
}

/**
 * Number of frames of a file. 0 frames are one, as other readers have it.
 * @throws when the data are too short for the frames
 */
function readFrameCount(data: DataSet, format: PixelFormat, note: Note): number {
  const { columns, rows } = format;
  const claimed = decimals(data, TAGS.frames, 1)?.[0] ?? 1;
  const count = claimed === 0 ? 1 : claimed;
  const { length, fragments } = data.elements[format.tag];
  const bytes = (rows * columns * format.bitsAllocated) / 8;
  const most = format.coding === "native" ? Math.floor(length / bytes) : (fragments?.length ?? 0);
  if (!Number.isInteger(count) || count < 1 || count > Math.min(most, MAX_FRAMES))
    throw new Error(
      `its header claims ${count} frames of ${columns} x ${rows} pixels, and its data have ${length} bytes`,
    );
  if (claimed === 0) note("the header claims 0 frames: the file is read as one frame");
  if (format.coding === "native" && length > count * bytes + EVEN)
    note(
      `the pixel data are longer than the ${count === 1 ? "frame" : `${count} frames`} of the header: the rest is not read`,
    );
  return count;
}

/**
 * @param frame.count number of frames of the file
 * @param frame.notes remarks on the file
 */
function readFrame(
  data: DataSet,
  frame: {
    readonly index: number;
    readonly count: number;
    readonly format: PixelFormat;
    readonly notes: readonly string[];
  },
): DicomFrame {
  const { index, count, format } = frame;
  const notes = [...frame.notes];
  const note: Note = (remark) => notes.push(remark);
  const holderOf = groupHolder(data, index);
  const read = (tag: string, length: number, name: string) =>
    optionalDecimals(holderOf(tag), { tag, count: length, name }, note);
  // Frames that have the position of their file in common are not there.
  const isPlaced = count === 1 || holderOf(TAGS.position) !== data;
  const rescaling = readRescaling(holderOf, note);
  const window = readWindow(holderOf, note);
  return {
    ...readGeometry(read, { size: format, isPlaced }, note),
    slope: rescaling?.slope ?? 1,
    intercept: rescaling?.intercept ?? 0,
    // The window is in rescaled values.
    window: rescaling && window,
    distinctions: readDistinctions(holderOf),
    notes,
  };
}

/** How stored numbers become values; null if the header is invalid. */
function readRescaling(
  holderOf: (tag: string) => DataSet,
  note: Note,
): { readonly slope: number; readonly intercept: number } | null {
  try {
    const slope = decimals(holderOf(TAGS.slope), TAGS.slope, 1)?.[0] ?? 1;
    const intercept = decimals(holderOf(TAGS.intercept), TAGS.intercept, 1)?.[0] ?? 0;
    if (slope !== 0) return { slope, intercept };
  } catch {
    // The same remark as for a slope of 0.
  }
  note(
    `the rescaling in the header ${formatTag(TAGS.slope)} is invalid: the values are the stored numbers`,
  );
  return null;
}
