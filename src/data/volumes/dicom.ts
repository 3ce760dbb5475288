/** Makes volumes of DICOM files. */
import { basename } from "path";
import type { DataSet } from "dicom-parser";
import { ByteCache } from "./byte-cache";
import { parseDicomFile } from "./dicom/parse-file";
import { type DicomHeader, NoImage, readDicomHeader } from "./dicom/header";
import { type Part, partFrames } from "./dicom/parts";
import { readFrameValues } from "./dicom/pixels";
import { type FileFrame, groupFrames, heightOf } from "./dicom/series";
import { planeOf } from "./geometry";
import { COARSE, type GreyWindow, isCoarse, percentileWindow } from "./grey-window";
import { type Chosen, partName, partNotes, selectParts } from "./time-points";
import {
  DEFAULT_PERCENTILES,
  givenWindow,
  selectSlices,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./volume";

/** Volumes that were opened, and the other files. */
export interface OpenedVolumes {
  readonly volumes: Volume[];
  /** Files that could not be read. */
  readonly failed: FailedFile[];
  /** Files that are sound and hold no image, for example reports and the index of a disc. */
  readonly withoutImage: FailedFile[];
}

/** A file that is not a volume, and the reason. */
export interface FailedFile {
  /** Path of the file, or name of a series. */
  readonly file: string;
  /** The reason; begins with the file's name. */
  readonly message: string;
}

/** A frame, and its place in the volume. */
interface IndexedFrame {
  readonly placed: FileFrame;
  readonly index: number;
}

const NO_WINDOW = "the header has no window: grey values are from the percentiles";
const NO_WINDOW_SOMEWHERE = `${NO_WINDOW} where it has none`;

/** Bytes of files that stay in memory, because the next frame is usually in the same file. */
const CACHE_BYTES = 2 ** 28;
const files = new ByteCache<DataSet>(CACHE_BYTES, ({ byteArray }) => byteArray.length);

/** Values of a scan from which percentiles are taken at most; of a larger scan, of some slices. */
const MAX_VALUES = 2 ** 28;
/** Distances of slices that differ by a larger fraction are unequal. */
const GAP_TOLERANCE = 0.02;

/**
 * Opens DICOM files, in any order. A file that cannot be read does not prevent reading the others.
 */
export async function openDicom(
  paths: readonly string[],
  options: VolumeOptions = {},
): Promise<OpenedVolumes> {
  const opened: OpenedVolumes = { volumes: [], failed: [], withoutImage: [] };
  const read: { file: string; header: DicomHeader }[] = [];
  for (const file of paths) {
    try {
      read.push({ file, header: readDicomHeader(await parseDicomFile(file)) });
    } catch (error) {
      const list = error instanceof NoImage ? opened.withoutImage : opened.failed;
      list.push(failure(file, error));
    }
  }
  for (const { name, frames } of groupFrames(read)) {
    try {
      const parts = selectParts(partFrames(frames), options.timePoint);
      for (const part of parts)
        opened.volumes.push(await volumeOf(part, partName(name, part, options.timePoint), options));
    } catch (error) {
      opened.failed.push(failure(name, error));
    }
  }
  return opened;
}

/** A file that is not a volume. Adds the file's name to the message if it is missing there. */
export function failure(file: string, error: unknown): FailedFile {
  const message = error instanceof Error ? error.message : String(error);
  return { file, message: message.startsWith(file) ? message : `${file}: ${message}` };
}

async function volumeOf(part: Chosen<Part>, name: string, options: VolumeOptions): Promise<Volume> {
  const { frames } = part;
  const { grid } = frames[0].frame;
  const plane = grid ? planeOf(grid) : null;
  if (options.plane && options.plane !== plane) {
    throw new Error(
      `${name}: ${plane ? `its slices are ${plane}` : "its plane is unknown"}; ${options.plane} slices are only available of NIfTI volumes`,
    );
  }
  const indexed = frames.map((placed, index) => ({ placed, index }));
  const selected = selectSlices(name, indexed, options.slices);
  const notes = [...partNotes(part), ...part.notes, ...gapNotes(frames), ...frameNotes(selected)];
  const window = givenWindow(options);
  const withoutWindow = selected.filter(({ placed }) => !placed.frame.window);
  let common: GreyWindow | null = null;
  if (!window && withoutWindow.length) {
    const percentiles = options.percentiles ?? DEFAULT_PERCENTILES;
    common = await percentilesOf(frames, name, percentiles);
    notes.push(withoutWindow.length < selected.length ? NO_WINDOW_SOMEWHERE : NO_WINDOW);
  }
  const placedOf = new Map<VolumeSlice, FileFrame>();
  const slices = selected.map((indexedFrame) => {
    const { frame } = indexedFrame.placed;
    const slice = sliceOf(indexedFrame, window ?? frame.window ?? common!);
    placedOf.set(slice, indexedFrame.placed);
    return slice;
  });
  if (slices.some((slice) => isCoarse(slice.window))) notes.push(COARSE);
  return {
    name,
    format: "DICOM",
    space: grid ? "LPS" : null,
    plane,
    slices,
    notes,
    read: async (slice) => {
      const placed = placedOf.get(slice);
      if (!placed)
        throw new Error(
          `slice ${slice.index} of ${basename(slice.file)} does not belong to ${name}`,
        );
      return readValues(placed);
    },
  };
}

function sliceOf({ placed, index }: IndexedFrame, window: GreyWindow): VolumeSlice {
  const { file, frame, header } = placed;
  return {
    index,
    file,
    width: header.format.columns,
    height: header.format.rows,
    spacing: frame.spacing,
    aspect: frame.aspect,
    grid: frame.grid,
    window,
    inverted: header.inverted,
  };
}

/** The remarks on the frames, each once, with the number of slices if it is not all of them. */
function frameNotes(frames: readonly IndexedFrame[]): string[] {
  const counts = new Map<string, number>();
  for (const { placed } of frames)
    for (const note of new Set(placed.frame.notes)) counts.set(note, (counts.get(note) ?? 0) + 1);
  return [...counts].map(([note, count]) =>
    count === frames.length ? note : `${note} (${count} of ${frames.length} slices)`,
  );
}

/** A remark on unequal distances between the slices. */
function gapNotes(frames: readonly FileFrame[]): string[] {
  if (frames.some(({ frame }) => !frame.grid)) return [];
  const height = heightOf(frames);
  const gaps = frames
    .slice(1)
    .map((placed, i) => Math.abs(height(placed) - height(frames[i])))
    .filter((gap) => gap > 0);
  const [least, most] = [Math.min(...gaps), Math.max(...gaps)];
  if (gaps.length < 2 || most - least <= GAP_TOLERANCE * most) return [];
  const millimeters = (gap: number) => Number(gap.toFixed(2));
  return [
    `the distance from slice to slice is unequal, ${millimeters(least)} to ${millimeters(most)} mm: slices may be missing`,
  ];
}

/**
 * The window from the percentiles of all values of a volume. Slices that cannot be read are left
 * out: their error is thrown when they are read.
 * @throws when no slice can be read, or no value is finite
 */
async function percentilesOf(
  frames: readonly FileFrame[],
  name: string,
  percentiles: readonly [number, number],
): Promise<GreyWindow> {
  const { rows, columns } = frames[0].header.format;
  const step = Math.ceil((frames.length * rows * columns) / MAX_VALUES);
  const sampled = frames.filter((_, i) => i % step === 0);
  const values = new Float32Array(sampled.length * rows * columns);
  const errors: unknown[] = [];
  let count = 0;
  for (const placed of sampled) {
    try {
      values.set(await readValues(placed), count);
      count += rows * columns;
    } catch (error) {
      errors.push(error);
    }
  }
  if (!count) throw errors[0];
  try {
    return percentileWindow(values.subarray(0, count), percentiles);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads the values of a frame.
 * @throws when they cannot be read; the message names the file
 */
async function readValues({ file, index, frame, header }: FileFrame): Promise<Float32Array> {
  try {
    const data = await files.get(file, "", () => parseDicomFile(file));
    const { slope, intercept } = frame;
    const { format, lut, frames } = header;
    return await readFrameValues(data, format, {
      index,
      count: frames.length,
      slope,
      intercept,
      lut,
    });
  } catch (error) {
    throw new Error(failure(file, error).message, { cause: error });
  }
}
