/**
 * DICOM files to volumes: the files of a series belong together, each multi-frame file is a volume
 * of its own.
 */
import { basename, dirname } from "path";
import { parseDicomFile } from "./dicom-file";
import { type DicomFrame, type DicomHeader, readDicomHeader } from "./dicom-header";
import { readFrameValues } from "./dicom-pixels";
import { cross, dot, length, planeOf, scale } from "./geometry";
import { type GreyWindow, percentileWindow } from "./grey-window";
import {
  chosenSlices,
  DEFAULT_PERCENTILES,
  givenWindow,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./volume";

export interface OpenedVolumes {
  readonly volumes: Volume[];
  /** What could not be read, each with its reason, which names the file. */
  readonly failed: FailedFile[];
}

export interface FailedFile {
  /** Or the series' name, where it is not one file that is to blame. */
  readonly file: string;
  readonly message: string;
}

interface PlacedFrame {
  readonly file: string;
  /** Within the file. */
  readonly frame: number;
  readonly manifest: DicomFrame;
  readonly header: DicomHeader;
}

/**
 * Angles between slices of one series that are turned alike, as the cosine: scouts in other planes
 * are series of their own.
 */
const PARALLEL = 0.999;

/**
 * Opens DICOM files, given in any order. What cannot be read is told in `failed`, and the others
 * are not lost.
 */
export async function openDicom(
  files: readonly string[],
  options: VolumeOptions = {},
): Promise<OpenedVolumes> {
  const failed: FailedFile[] = [];
  const groups: PlacedFrame[][] = [];
  for (const file of files) {
    try {
      const header = readDicomHeader(await parseDicomFile(file));
      const frames = header.frames.map((manifest, frame) => ({ file, frame, manifest, header }));
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

/** A file that could not be read, with a message that begins with its name. */
export function failure(file: string, error: unknown): FailedFile {
  const message = error instanceof Error ? error.message : String(error);
  return { file, message: message.startsWith(file) ? message : `${file}: ${message}` };
}

/** Files of the same series, size and direction. */
function belongTogether(a: PlacedFrame, b: PlacedFrame): boolean {
  if (
    a.header.frames.length > 1 ||
    a.header.seriesUid === null ||
    a.header.seriesUid !== b.header.seriesUid
  )
    return false;
  const sameSize =
    a.header.format.rows === b.header.format.rows &&
    a.header.format.columns === b.header.format.columns;
  return sameSize && dirname(a.file) === dirname(b.file) && isParallel(a.manifest, b.manifest);
}

function isParallel({ grid: a }: DicomFrame, { grid: b }: DicomFrame): boolean {
  if (!a || !b) return false;
  const cosine = (
    one: readonly [number, number, number],
    other: readonly [number, number, number],
  ) => dot(one, other) / length(one) / length(other);
  return cosine(a.column, b.column) > PARALLEL && cosine(a.row, b.row) > PARALLEL;
}

function nameOf(group: readonly PlacedFrame[], groups: readonly PlacedFrame[][]): string {
  const { file } = group[0];
  if (group.every((other) => other.file === file)) return file;
  const folder = dirname(file);
  const series = groups.filter(
    (other) =>
      other.length > 1 && other[0].file !== other[1].file && dirname(other[0].file) === folder,
  );
  return series.length > 1
    ? `${folder} (series ${series.indexOf(group as PlacedFrame[]) + 1})`
    : folder;
}

async function volumeOf(
  group: PlacedFrame[],
  name: string,
  options: VolumeOptions,
): Promise<Volume> {
  const notes: string[] = [];
  const isSeries = group.some(({ file }) => file !== group[0].file);
  const ordered = isSeries ? byHeight(group) : group;
  const { grid } = ordered[0].manifest;
  const plane = grid ? planeOf(grid) : null;
  if (options.plane && options.plane !== plane) {
    throw new Error(
      `${name}: ${plane ? `was taken in the ${plane} plane` : "does not say which plane it was taken in"}; ${options.plane} slices can be had of NIfTI volumes`,
    );
  }
  if (ordered.some(({ manifest }) => !manifest.grid))
    notes.push("the header does not say where the slices are: no millimeters");
  const indexed = ordered.map((placed, index) => ({ placed, index }));
  const chosen = chosenSlices(name, indexed, options.slices);
  const read = valueReader();
  const given = givenWindow(options);
  let whole: GreyWindow | null = null;
  if (!given && chosen.some(({ placed }) => !placed.manifest.window)) {
    const all: Float32Array[] = [];
    const broken: unknown[] = [];
    // A slice that cannot be read is missed when it is asked for; the others have their window
    // without it.
    for (const placed of ordered)
      await read(placed).then(
        (values) => all.push(values),
        (error) => broken.push(error),
      );
    if (!all.length) throw broken[0];
    whole = percentilesOf(name, all, options.percentiles ?? DEFAULT_PERCENTILES);
    const said = "the header has no window: grey values are from the percentiles";
    notes.push(
      chosen.some(({ placed }) => placed.manifest.window) ? `${said} where it has none` : said,
    );
  }
  const placedOf = new Map<VolumeSlice, PlacedFrame>();
  const slices = chosen.map(({ placed, index }) => {
    const { file, manifest, header } = placed;
    const slice: VolumeSlice = {
      index,
      file,
      width: header.format.columns,
      height: header.format.rows,
      spacing: manifest.spacing,
      grid: manifest.grid,
      window: given ?? manifest.window ?? whole!,
      inverted: header.inverted,
    };
    placedOf.set(slice, placed);
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
        throw new Error(`slice ${slice.index} of ${basename(slice.file)} is none of ${name}`);
      return read(placed);
    },
  };
}

/**
 * From the feet up, from the right to the left or from the front to the back, so that the order
 * does not depend on how the rows run.
 */
function byHeight(group: readonly PlacedFrame[]): PlacedFrame[] {
  const { column, row } = group[0].manifest.grid!;
  const across = cross(column, row);
  const largest = across.reduce(
    (best, value) => (Math.abs(value) > Math.abs(best) ? value : best),
    0,
  );
  const normal = scale(across, Math.sign(largest) / length(across));
  const height = ({ manifest }: PlacedFrame) => dot(manifest.grid!.origin, normal);
  return [...group].sort(
    (a, b) => height(a) - height(b) || a.header.instanceNumber - b.header.instanceNumber,
  );
}

function percentilesOf(
  name: string,
  parts: readonly Float32Array[],
  percentiles: readonly [number, number],
): GreyWindow {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  try {
    return percentileWindow(all, percentiles);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}

/** Reads frames; the file read last is kept, since its next frame usually follows. */
function valueReader(): (placed: PlacedFrame) => Promise<Float32Array> {
  let last: { readonly file: string; readonly data: ReturnType<typeof parseDicomFile> } | null =
    null;
  return async ({ file, frame, manifest, header }) => {
    try {
      if (last?.file !== file) last = { file, data: parseDicomFile(file) };
      return await readFrameValues(await last.data, header.format, frame, manifest);
    } catch (error) {
      throw new Error(failure(file, error).message);
    }
  };
}
