/** What a DICOM file's header says of its frames: size, place, rescaling, window. */
import type { DataSet } from "dicom-parser";
import { decimals, requiredUint16, shownTag, TAGS } from "./dicom-file";
import { cross, dot, length, type PixelGrid, scale, type Vector } from "./geometry";
import type { GreyWindow } from "./grey-window";
import { type PixelCoding, requireReadable } from "./transfer-syntaxes";

/** How the pixels of a file are stored; the same for all of its frames. */
export interface PixelFormat {
  readonly coding: PixelCoding;
  readonly bigEndian: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Stored values around the scan that mean nothing, from the first to the last. */
  readonly padding: readonly [number, number] | null;
}

export interface DicomFrame {
  readonly grid: PixelGrid | null;
  /** Millimeters across and down. */
  readonly spacing: readonly [number, number] | null;
  readonly slope: number;
  readonly intercept: number;
  /** The header's first window. */
  readonly window: GreyWindow | null;
}

export interface DicomHeader {
  readonly format: PixelFormat;
  readonly inverted: boolean;
  readonly seriesUid: string | null;
  readonly instanceNumber: number;
  readonly frames: readonly DicomFrame[];
}

/**
 * Functional groups of multi-frame files (PS3.3 C.7.6.16) that hold what plain files have at their
 * top.
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

/** More pixels than any scanner gives: a header that claims them would only cost memory. */
const MAX_PIXELS = 2 ** 26;
/** How far the directions of rows and columns may be from unit length and a right angle. */
const DIRECTION_TOLERANCE = 1e-3;

/**
 * Reads the header. Throws, without naming the file, for what is no grey image, is not read, or
 * contradicts itself.
 */
export function readDicomHeader(data: DataSet): DicomHeader {
  if (!data.elements[TAGS.pixels]) {
    if (data.elements[TAGS.floatPixels] ?? data.elements[TAGS.doublePixels])
      throw new Error(
        "its pixels are floating-point numbers, which are not read; convert it to NIfTI",
      );
    throw new Error(
      `it holds no image (its modality is ${data.string(TAGS.modality) ?? "not told"})`,
    );
  }
  const photometric = data.string(TAGS.photometric) ?? "";
  const samples = data.uint16(TAGS.samples) ?? 1;
  if (!/^MONOCHROME[12]$/.test(photometric) || samples !== 1) {
    throw new Error(
      `its pixels are ${photometric || "of no kind that its header names"}; only MONOCHROME1 and MONOCHROME2, which are grey, are read`,
    );
  }
  if (data.elements[TAGS.modalityLut])
    throw new Error(
      "its grey values go through a Modality LUT Sequence, which is not read; only rescale slope and intercept are",
    );
  const format = readFormat(data);
  const count = decimals(data, TAGS.frames, 1)?.[0] ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > mostFrames(data, format)) {
    throw new Error(
      `its header claims ${count} frames of ${format.columns} x ${format.rows} pixels, and its data are ${data.elements[TAGS.pixels].length} bytes`,
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
    throw new Error(`${bitsAllocated} bits a pixel are not read: only 8, 16 and 32 are`);
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

/** How many frames the pixel data can hold at most. */
function mostFrames(data: DataSet, { rows, columns, bitsAllocated }: PixelFormat): number {
  const { fragments, length: bytes } = data.elements[TAGS.pixels];
  return fragments ? fragments.length : Math.floor((8 * bytes) / (rows * columns * bitsAllocated));
}

function readFrame(data: DataSet, frame: number, count: number): DicomFrame {
  /** The frame's own group, else that of all frames, else the file's top. */
  const holder = (tag: string): DataSet => {
    const own = data.elements[TAGS.frameGroups]?.items?.[frame]?.dataSet;
    const shared = data.elements[TAGS.sharedGroups]?.items?.[0]?.dataSet;
    const groups = [own, shared].map((group) => group?.elements[GROUPS[tag]]?.items?.[0]?.dataSet);
    return groups.find((group) => group?.elements[tag]) ?? data;
  };
  const read = (tag: string, length: number) => decimals(holder(tag), tag, length);
  const [down, across] = read(TAGS.spacing, 2) ?? [];
  if (down !== undefined && !(down > 0 && across > 0))
    throw new Error(`its pixel spacing ${shownTag(TAGS.spacing)} is ${down} x ${across} mm`);
  const spacing = down === undefined ? null : ([across, down] as const);
  const isPlaced = count === 1 || holder(TAGS.position) !== data;
  const position = isPlaced ? read(TAGS.position, 3) : null;
  const slope = read(TAGS.slope, 1)?.[0] ?? 1;
  if (slope === 0) throw new Error(`its rescale slope ${shownTag(TAGS.slope)} is 0`);
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
      `its orientation ${shownTag(TAGS.orientation)} is no pair of unit vectors at a right angle: ${directions.join(", ")}`,
    );
  return { origin, column: scale(column, across), row: scale(row, down) };
}

function headerWindow(level: number, width: number, name: string): GreyWindow {
  const shape = ({ LINEAR: "dicom", LINEAR_EXACT: "linear", SIGMOID: "sigmoid" } as const)[name];
  if (!shape)
    throw new Error(
      `its window's function ${shownTag(TAGS.windowFunction)}, '${name}', is unknown`,
    );
  if (!(width >= (shape === "dicom" ? 1 : 0)) || (width === 0 && shape === "sigmoid"))
    throw new Error(`its window's width ${shownTag(TAGS.windowWidth)} is ${width}`);
  return { level, width, shape, source: "header" };
}
