/**
 * Makes volumes of DICOM files. The files of a series become one volume; a file with several frames
 * is a volume of its own.
 */
import { basename, dirname } from "path";
import { parseDicomFile } from "./dicom-file";
import { type DicomFrame, type DicomHeader, readDicomHeader } from "./dicom-header";
import { readFrameValues } from "./dicom-pixels";
import { cross, dot, length, planeOf, scale, type Vector } from "./geometry";
import { type GreyWindow, percentileWindow } from "./grey-window";
import {
  DEFAULT_PERCENTILES,
  givenWindow,
  selectSlices,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./volume";

/** Volumes that were opened, and files that could not be read. */
export interface OpenedVolumes {
  readonly volumes: Volume[];
  readonly failed: FailedFile[];
}

/** A file that could not be read. */
export interface FailedFile {
  /** Path of the file, or name of a series. */
  readonly file: string;
  /** The reason; begins with the file's name. */
  readonly message: string;
}

/** A frame and the file that it is in. */
interface FileFrame {
  readonly file: string;
  /** Index of the frame within the file. */
  readonly index: number;
  readonly frame: DicomFrame;
  readonly header: DicomHeader;
}

/** A frame, and its place in the volume. */
interface IndexedFrame {
  readonly placed: FileFrame;
  readonly index: number;
}

/**
 * Cosine of the angle between slices, above which they are parallel. Scouts in other planes are
 * volumes of their own.
 */
const PARALLEL = 0.999;

const NO_POSITION = "the header does not say where the slices are: there are no millimeters";
const NO_WINDOW = "the header has no window: grey values are from the percentiles";
const NO_WINDOW_SOMEWHERE = `${NO_WINDOW} where it has none`;

/**
 * Opens DICOM files, in any order. A file that cannot be read does not prevent reading the others.
 */
export async function openDicom(
  files: readonly string[],
  options: VolumeOptions = {},
): Promise<OpenedVolumes> {
  const failed: FailedFile[] = [];
  const groups: FileFrame[][] = [];
  for (const file of files) {
    try {
      const header = readDicomHeader(await parseDicomFile(file));
      const frames = header.frames.map((frame, index) => ({ file, index, frame, header }));
      const group =
        frames.length === 1 && groups.find(([first]) => belongTogether(first, frames[0]));
      if (group) group.push(frames[0]);
      else groups.push(frames);
    } catch (error) {
      failed.push(failure(file, error));
    }
  }
  const volumes: Volume[] = [];
  for (const group of groups) {
    const name = nameOf(group, groups);
    try {
      volumes.push(await volumeOf(group, name, options));
    } catch (error) {
      failed.push(failure(name, error));
    }
  }
  return { volumes, failed };
}

/** A file that could not be read. Adds the file's name to the message if it is missing there. */
export function failure(file: string, error: unknown): FailedFile {
  const message = error instanceof Error ? error.message : String(error);
  return { file, message: message.startsWith(file) ? message : `${file}: ${message}` };
}

/** Whether two files are of the same series, folder, size and direction. */
function belongTogether(a: FileFrame, b: FileFrame): boolean {
  if (
    a.header.frames.length > 1 ||
    a.header.seriesUid === null ||
    a.header.seriesUid !== b.header.seriesUid
  )
    return false;
  const isSameSize =
    a.header.format.rows === b.header.format.rows &&
    a.header.format.columns === b.header.format.columns;
  return isSameSize && dirname(a.file) === dirname(b.file) && isParallel(a.frame, b.frame);
}

function isParallel({ grid: a }: DicomFrame, { grid: b }: DicomFrame): boolean {
  if (!a || !b) return false;
  const cosine = (one: Vector, other: Vector) => dot(one, other) / length(one) / length(other);
  return cosine(a.column, b.column) > PARALLEL && cosine(a.row, b.row) > PARALLEL;
}

/** The file of a volume, or its folder, with a number if the folder has several series. */
function nameOf(group: readonly FileFrame[], groups: readonly FileFrame[][]): string {
  const { file } = group[0];
  if (group.every((other) => other.file === file)) return file;
  const folder = dirname(file);
  const series = groups.filter(
    (other) =>
      other.length > 1 && other[0].file !== other[1].file && dirname(other[0].file) === folder,
  );
  return series.length > 1
    ? `${folder} (series ${series.indexOf(group as FileFrame[]) + 1})`
    : folder;
}

async function volumeOf(
  group: readonly FileFrame[],
  name: string,
  options: VolumeOptions,
): Promise<Volume> {
  const isSeries = group.some(({ file }) => file !== group[0].file);
  const ordered = isSeries ? byHeight(group) : group;
  const { grid } = ordered[0].frame;
  const plane = grid ? planeOf(grid) : null;
  if (options.plane && options.plane !== plane) {
    throw new Error(
      `${name}: ${plane ? `its slices are ${plane}` : "its plane is unknown"}; ${options.plane} slices are only available of NIfTI volumes`,
    );
  }
  const notes = ordered.some(({ frame }) => !frame.grid) ? [NO_POSITION] : [];
  const indexed = ordered.map((placed, index) => ({ placed, index }));
  const selected = selectSlices(name, indexed, options.slices);
  const readValues = valueReader();
  const window = givenWindow(options);
  const withoutWindow = selected.filter(({ placed }) => !placed.frame.window);
  let common: GreyWindow | null = null;
  if (!window && withoutWindow.length) {
    const percentiles = options.percentiles ?? DEFAULT_PERCENTILES;
    common = await percentilesOf(ordered, { name, percentiles, readValues });
    notes.push(withoutWindow.length < selected.length ? NO_WINDOW_SOMEWHERE : NO_WINDOW);
  }
  const placedOf = new Map<VolumeSlice, FileFrame>();
  const slices = selected.map((indexedFrame) => {
    const { frame } = indexedFrame.placed;
    const slice = sliceOf(indexedFrame, window ?? frame.window ?? common!);
    placedOf.set(slice, indexedFrame.placed);
    return slice;
  });
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
    grid: frame.grid,
    window,
    inverted: header.inverted,
  };
}

/**
 * Sorts slices from the feet to the head, from the right to the left or from the front to the back.
 * The order does not depend on the direction of the rows.
 */
function byHeight(group: readonly FileFrame[]): FileFrame[] {
  const { column, row } = group[0].frame.grid!;
  const across = cross(column, row);
  const largest = across.reduce(
    (best, value) => (Math.abs(value) > Math.abs(best) ? value : best),
    0,
  );
  const normal = scale(across, Math.sign(largest) / length(across));
  const height = ({ frame }: FileFrame) => dot(frame.grid!.origin, normal);
  return [...group].sort(
    (a, b) => height(a) - height(b) || a.header.instanceNumber - b.header.instanceNumber,
  );
}

/**
 * The window from the percentiles of all values of a volume. Slices that cannot be read are left
 * out: their error is thrown when they are read.
 * @throws when no slice can be read, or no value is finite
 */
async function percentilesOf(
  frames: readonly FileFrame[],
  options: {
    readonly name: string;
    readonly percentiles: readonly [number, number];
    readonly readValues: (placed: FileFrame) => Promise<Float32Array>;
  },
): Promise<GreyWindow> {
  const { name, percentiles, readValues } = options;
  const parts: Float32Array[] = [];
  const errors: unknown[] = [];
  for (const placed of frames)
    await readValues(placed).then(
      (values) => parts.push(values),
      (error) => errors.push(error),
    );
  if (!parts.length) throw errors[0];
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (values.set(part, at), at + part.length), 0);
  try {
    return percentileWindow(values, percentiles);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads frames. The last file stays in memory, because its next frame is usually read next. */
function valueReader(): (placed: FileFrame) => Promise<Float32Array> {
  let last: { readonly file: string; readonly data: ReturnType<typeof parseDicomFile> } | null =
    null;
  return async ({ file, index, frame, header }) => {
    try {
      if (last?.file !== file) last = { file, data: parseDicomFile(file) };
      const { slope, intercept } = frame;
      return await readFrameValues(await last.data, header.format, { index, slope, intercept });
    } catch (error) {
      throw new Error(failure(file, error).message, { cause: error });
    }
  };
}
