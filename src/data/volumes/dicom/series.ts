/**
 * Divides DICOM files into volumes. The files of a series become one volume; a file with several
 * frames is a volume of its own.
 */
import { dirname } from "path";
import type { DicomFrame, DicomHeader } from "./header";
import { cross, dot, length, scale, type Vector } from "../geometry";

/** A frame and the file that it is in. */
export interface FileFrame {
  readonly file: string;
  /** Index of the frame within the file. */
  readonly index: number;
  readonly frame: DicomFrame;
  readonly header: DicomHeader;
}

/** The frames of one series or of one file, and its name. */
export interface FrameGroup {
  /** Path of the file, or of the folder of a series, with a number if there are several. */
  readonly name: string;
  /** In the order of the volume. */
  readonly frames: readonly FileFrame[];
}

/**
 * Cosine of the angle between slices, above which they are parallel. Scouts in other planes are
 * volumes of their own.
 */
const PARALLEL = 0.999;
/**
 * The modalities whose images without a position are the slices of one scan. In other modalities,
 * each file of a series is a picture by itself.
 */
const SLICED = new Set(["CT", "MR", "PT"]);

/** The groups of frames, in the order of the first file of each. */
export function groupFrames(
  files: readonly { readonly file: string; readonly header: DicomHeader }[],
): FrameGroup[] {
  const groups: FileFrame[][] = [];
  // Only groups with the same key are compared.
  const byKey = new Map<string, FileFrame[][]>();
  for (const { file, header } of files) {
    const frames = header.frames.map((frame, index) => ({ file, index, frame, header }));
    if (frames.length > 1) {
      groups.push(...byDirection(frames));
      continue;
    }
    const [added] = frames;
    const key = seriesKey(added);
    const candidates = byKey.get(key) ?? [];
    const group = candidates.find(([first]) => isParallel(first.frame, added.frame));
    if (group) group.push(added);
    else {
      const single = [added];
      groups.push(single);
      byKey.set(key, [...candidates, single]);
    }
  }
  const ordered = groups.map(inOrder);
  return ordered.map((frames) => ({ name: nameOf(frames, ordered), frames }));
}

/** What the files of one volume have in common, besides their direction. */
function seriesKey({ file, frame, header }: FileFrame): string {
  const { seriesUid, seriesNumber, modality, format } = header;
  const isSlice = frame.grid || SLICED.has(modality ?? "");
  // Without a UID, the number of the series and the folder say what belongs together.
  const series = seriesUid ?? `number ${seriesNumber}`;
  return [series, dirname(file), format.rows, format.columns, isSlice ? "" : file].join("\n");
}

/** Whether two frames have the same direction, or neither has one. */
function isParallel({ grid: a }: DicomFrame, { grid: b }: DicomFrame): boolean {
  if (!a || !b) return !a && !b;
  const cosine = (one: Vector, other: Vector) => dot(one, other) / length(one) / length(other);
  return cosine(a.column, b.column) > PARALLEL && cosine(a.row, b.row) > PARALLEL;
}

/** The frames of a file, divided by their direction: a file can have scouts in three planes. */
function byDirection(frames: readonly FileFrame[]): FileFrame[][] {
  const groups: FileFrame[][] = [];
  for (const added of frames) {
    const group = groups.find(([first]) => isParallel(first.frame, added.frame));
    if (group) group.push(added);
    else groups.push([added]);
  }
  return groups;
}

function isSeries(group: readonly FileFrame[]): boolean {
  return group.some(({ file }) => file !== group[0].file);
}

/**
 * The slices of a series from the feet to the head, from the right to the left or from the front to
 * the back; without positions, by their number. The frames of one file stay in their order.
 */
function inOrder(group: readonly FileFrame[]): FileFrame[] {
  if (!isSeries(group)) return [...group];
  const height = heightOf(group);
  return [...group].sort(
    (a, b) =>
      height(a) - height(b) ||
      a.header.instanceNumber - b.header.instanceNumber ||
      a.file.localeCompare(b.file, "en", { numeric: true }),
  );
}

/**
 * The function from a frame to its place along the direction in which the slices follow each
 * other, in millimeters. It does not depend on the direction of the rows. 0 without positions.
 */
export function heightOf(group: readonly FileFrame[]): (placed: FileFrame) => number {
  const { grid } = group[0].frame;
  if (!grid) return () => 0;
  const across = cross(grid.column, grid.row);
  const largest = across.reduce(
    (best, value) => (Math.abs(value) > Math.abs(best) ? value : best),
    0,
  );
  const normal = scale(across, Math.sign(largest) / length(across));
  return ({ frame }) => dot(frame.grid!.origin, normal);
}

/** The file of a group, or its folder, with a number if there are several. */
function nameOf(group: readonly FileFrame[], groups: readonly FileFrame[][]): string {
  const { file } = group[0];
  if (!isSeries(group)) {
    const ofFile = groups.filter(([first]) => first.file === file);
    return ofFile.length > 1
      ? `${file} (direction ${ofFile.indexOf(group as FileFrame[]) + 1})`
      : file;
  }
  const folder = dirname(file);
  const series = groups.filter((other) => isSeries(other) && dirname(other[0].file) === folder);
  return series.length > 1
    ? `${folder} (series ${series.indexOf(group as FileFrame[]) + 1})`
    : folder;
}
