/** Reads the header of a DICOM file: size, position, rescaling and window of its frames. */
import type { DataSet } from "dicom-parser";
import { decimals, formatTag, requiredUint16, TAGS } from "./dicom-file";
import { cross, dot, length, type PixelGrid, scale, type Vector } from "./geometry";
import type { GreyWindow } from "./grey-window";
import { type PixelCoding, requireReadable } from "./transfer-syntaxes";

/** How the pixels of a file are stored, the same for all of its frames. */
export interface PixelFormat {
  readonly coding: PixelCoding;
  readonly bigEndian: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Lowest and highest stored value of the padding around the scan; null without padding. */
  readonly padding: readonly [number, number] | null;
}

/** The header of one frame. */
export interface DicomFrame {
  /** Position of the pixels in space; null if the header does not have it. */
  readonly grid: PixelGrid | null;
  /** Millimeters between columns, and between rows; null if the header does not have them. */
  readonly spacing: readonly [number, number] | null;
  /** Value = stored number * slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** The first window of the header; null if there is none. */
  readonly window: GreyWindow | null;
}

/** The header of a file. */
export interface DicomHeader {
  readonly format: PixelFormat;
  /** Whether high values are dark (MONOCHROME1). */
  readonly inverted: boolean;
  readonly seriesUid: string | null;
  readonly instanceNumber: number;
  readonly frames: readonly DicomFrame[];
}

/**
 * The functional group of a multi-frame file (PS3.3 C.7.6.16) that contains each element. Files
 * with one frame have these elements at the top level.
 */
const GROUPS: Readonly<Record<string, string>> = {
  [TAGS.position]: "x00209113",
  [TAGS.orientation]: "x00209116",
  [TAGS.spacing]: "x00289110",
  [TAGS.intercept]: "x00289145",
  [TAGS.slope]: "x00289145",
  [TAGS.windowCenter]: "x00289132",
  [TAGS.windowWidth]: "x00289132",
  [TAGS.windowFunction]: "x00289132",
};

/** Pixels of a frame; no scanner gives more, and a header that claims more would cost memory. */
const MAX_PIXELS = 2 ** 26;
/** How far the directions of rows and columns may be from unit length and a right angle. */
const DIRECTION_TOLERANCE = 1e-3;

/**
 * Reads the header of a file.
 * @throws when the file is not a grey image, is of a kind that is not read, or contradicts itself;
 * the message does not name the file
 */
export function readDicomHeader(data: DataSet): DicomHeader {
  if (!data.elements[TAGS.pixels]) {
    if (data.elements[TAGS.floatPixels] ?? data.elements[TAGS.doublePixels])
      throw new Error(
        "its pixels are floating-point numbers, which are not read; convert it to NIfTI",
      );
    throw new Error(`it has no image (its modality is ${data.string(TAGS.modality) ?? "unknown"})`);
  }
  const photometric = data.string(TAGS.photometric) ?? "";
  const samples = data.uint16(TAGS.samples) ?? 1;
  if (!/^MONOCHROME[12]$/.test(photometric) || samples !== 1) {
    throw new Error(
      `its pixels are ${photometric || "of an unknown kind"}; only MONOCHROME1 and MONOCHROME2, which are grey, are read`,
    );
  }
  if (data.elements[TAGS.modalityLut])
    throw new Error(
      "its grey values need a Modality LUT Sequence, which is not read; only rescale slope and intercept are read",
    );
  const format = readFormat(data);
  const count = decimals(data, TAGS.frames, 1)?.[0] ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > maxFrames(data, format)) {
    throw new Error(
      `its header claims ${count} frames of ${format.columns} x ${format.rows} pixels, and its data have ${data.elements[TAGS.pixels].length} bytes`,
    );
  }
  return {
    format,
    inverted: photometric === "MONOCHROME1",
    seriesUid: data.string(TAGS.seriesUid) ?? null,
    instanceNumber: decimals(data, TAGS.instanceNumber, 1)?.[0] ?? 0,
    frames: Array.from({ length: count }, (_, i) => readFrame(data, i, count)),
  };
}

function readFormat(data: DataSet): PixelFormat {
  const { coding, bigEndian } = requireReadable(data.string(TAGS.transferSyntax) ?? "");
  const rows = requiredUint16(data, TAGS.rows, "Rows");
  const columns = requiredUint16(data, TAGS.columns, "Columns");
  if (!rows || !columns || rows * columns > MAX_PIXELS)
    throw new Error(`its header claims ${columns} x ${rows} pixels`);
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
  const stored = (tag: string) =>
    data.elements[tag] ? (signed ? data.int16(tag) : data.uint16(tag)) : undefined;
  const padding = stored(TAGS.padding);
  const limit = stored(TAGS.paddingLimit) ?? padding;
  return {
    coding,
    bigEndian,
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
    padding:
      padding === undefined || limit === undefined
        ? null
        : [Math.min(padding, limit), Math.max(padding, limit)],
  };
}

/** Number of frames that the pixel data can contain at most. */
function maxFrames(data: DataSet, { rows, columns, bitsAllocated }: PixelFormat): number {
  const { fragments, length: bytes } = data.elements[TAGS.pixels];
  return fragments ? fragments.length : Math.floor((8 * bytes) / (rows * columns * bitsAllocated));
}

/** @param count number of frames of the file */
function readFrame(data: DataSet, frame: number, count: number): DicomFrame {
  /** The data set that contains the element: of this frame, of all frames, or of the file. */
  const holder = (tag: string): DataSet => {
    const ofFrame = data.elements[TAGS.frameGroups]?.items?.[frame]?.dataSet;
    const ofAll = data.elements[TAGS.sharedGroups]?.items?.[0]?.dataSet;
    const groups = [ofFrame, ofAll].map(
      (group) => group?.elements[GROUPS[tag]]?.items?.[0]?.dataSet,
    );
    return groups.find((group) => group?.elements[tag]) ?? data;
  };
  const read = (tag: string, length: number) => decimals(holder(tag), tag, length);
  const [down, across] = read(TAGS.spacing, 2) ?? [];
  if (down !== undefined && !(down > 0 && across > 0))
    throw new Error(`its pixel spacing ${formatTag(TAGS.spacing)} is ${down} x ${across} mm`);
  const spacing = down === undefined ? null : ([across, down] as const);
  const isPlaced = count === 1 || holder(TAGS.position) !== data;
  const position = isPlaced ? read(TAGS.position, 3) : null;
  const slope = read(TAGS.slope, 1)?.[0] ?? 1;
  if (slope === 0) throw new Error(`its rescale slope ${formatTag(TAGS.slope)} is 0`);
  const [level] = read(TAGS.windowCenter, 1) ?? [];
  const [width] = read(TAGS.windowWidth, 1) ?? [];
  const windowFunction = holder(TAGS.windowFunction).string(TAGS.windowFunction) ?? "LINEAR";
  return {
    grid:
      spacing &&
      position &&
      gridOf(position as unknown as Vector, read(TAGS.orientation, 6), spacing),
    spacing,
    slope,
    intercept: read(TAGS.intercept, 1)?.[0] ?? 0,
    window:
      level === undefined || width === undefined
        ? null
        : headerWindow(level, width, windowFunction),
  };
}

/** @throws when the directions are not unit vectors at a right angle */
function gridOf(
  origin: Vector,
  directions: number[] | null,
  [across, down]: readonly [number, number],
): PixelGrid | null {
  if (!directions) return null;
  const column = directions.slice(0, 3) as unknown as Vector;
  const row = directions.slice(3) as unknown as Vector;
  const isUnit = (vector: Vector) => Math.abs(length(vector) - 1) < DIRECTION_TOLERANCE;
  if (
    !isUnit(column) ||
    !isUnit(row) ||
    !isUnit(cross(column, row)) ||
    Math.abs(dot(column, row)) > DIRECTION_TOLERANCE
  )
    throw new Error(
      `its orientation ${formatTag(TAGS.orientation)} must be two unit vectors at a right angle, not ${directions.join(", ")}`,
    );
  return { origin, column: scale(column, across), row: scale(row, down) };
}

/** @param name of the window's function (VOI LUT Function) */
function headerWindow(level: number, width: number, name: string): GreyWindow {
  const shape = ({ LINEAR: "dicom", LINEAR_EXACT: "linear", SIGMOID: "sigmoid" } as const)[name];
  if (!shape)
    throw new Error(
      `the function of its window ${formatTag(TAGS.windowFunction)}, '${name}', is unknown`,
    );
  if (!(width >= (shape === "dicom" ? 1 : 0)) || (width === 0 && shape === "sigmoid"))
    throw new Error(`the width of its window ${formatTag(TAGS.windowWidth)} is ${width}`);
  return { level, width, shape, source: "header" };
}
