/**
 * Parts a series that has several scans of the same positions: time points of a dynamic scan,
 * echoes, b-values, phases. Each part becomes a volume.
 */
import { DISTINCTION_NAMES } from "./distinctions";
import type { FileFrame } from "./series";
import { length, subtract, type Vector } from "../geometry";
import { groupBy } from "../../../util/group-by";

/** One of the scans of a series. */
export interface Part {
  readonly frames: readonly FileFrame[];
  /** What sets the part apart, `echo time 80`; empty if there is only one part. */
  readonly label: string;
  /** Remarks on frames that could not be parted, in sentences. */
  readonly notes: readonly string[];
}

/** A value that sets a part apart. */
interface Distinction {
  readonly name: string;
  readonly value: string;
}

/** Millimeters; slices that are closer to each other are at the same position. */
const SAME_POSITION = 0.01;
/**
 * A value sets parts apart if two of them, and all of them on average, have more than this fraction
 * of the positions. A time that differs from slice to slice does not, and neither does a value of a
 * few slices that were taken twice.
 */
const LEAST_COVERAGE = 0.5;

/**
 * Parts the frames of a series, in the order of the values that set the parts apart.
 * @param frames in the order of the volume
 */
export function partFrames(frames: readonly FileFrame[]): Part[] {
  const positioned = positionsOf(frames);
  const unique = withoutCopies(positioned);
  const copies = positioned.length - unique.length;
  const notes = copies ? [`${copies} of its files are copies of others and are left out`] : [];
  return refine(unique, [])
    .sort(compareParts)
    .map((part) => {
      const repeated = part.frames.length - countPositions(part.frames);
      return {
        frames: part.frames.map(({ frame }) => frame),
        label: part.distinctions.map(({ name, value }) => `${name} ${value}`).join(", "),
        notes: repeated
          ? [...notes, `${repeated} of its slices have the position of another slice`]
          : notes,
      };
    });
}

/** A frame and the number of its position. */
interface PositionedFrame {
  readonly frame: FileFrame;
  readonly position: number;
}

/** Frames that have the values of `distinctions` in common. */
interface SimilarFrames {
  readonly frames: readonly PositionedFrame[];
  readonly distinctions: readonly Distinction[];
}

/** Numbers the positions; each frame without a position has a number of its own. */
function positionsOf(frames: readonly FileFrame[]): PositionedFrame[] {
  const cells = new Map<string, { readonly origin: Vector; readonly position: number }[]>();
  let count = 0;
  return frames.map((frame) => {
    const origin = frame.frame.grid?.origin;
    if (!origin) return { frame, position: count++ };
    // Only positions in the same or in a neighboring cell can be close to each other.
    const cell = origin.map((value) => Math.floor(value / SAME_POSITION));
    const near = neighbors(cell).flatMap((key) => cells.get(key) ?? []);
    const same = near.find((other) => length(subtract(other.origin, origin)) <= SAME_POSITION);
    if (same) return { frame, position: same.position };
    const added = { origin, position: count++ };
    cells.set(cell.join(), [...(cells.get(cell.join()) ?? []), added]);
    return { frame, position: added.position };
  });
}

function neighbors([x, y, z]: readonly number[]): string[] {
  const steps = [-1, 0, 1];
  return steps.flatMap((dx) =>
    steps.flatMap((dy) => steps.map((dz) => [x + dx, y + dy, z + dz].join())),
  );
}

/** Leaves out files that are copies: the same image with the same values at the same position. */
function withoutCopies(frames: readonly PositionedFrame[]): PositionedFrame[] {
  const known = new Set<string>();
  return frames.filter(({ frame: { frame, header }, position }) => {
    const { instanceUid, instanceNumber } = header;
    if (instanceUid === null || header.frames.length > 1) return true;
    const key = JSON.stringify([position, instanceUid, instanceNumber, frame.distinctions]);
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

/**
 * Divides frames until those of each part have different positions, by the first value that sets
 * them apart. Where none does, the frames stay together.
 * @param distinctions that the frames have in common
 */
function refine(
  frames: readonly PositionedFrame[],
  distinctions: readonly Distinction[],
): SimilarFrames[] {
  const positions = countPositions(frames);
  if (positions === frames.length) return [{ frames, distinctions }];
  const isUseful = (groups: Map<string, PositionedFrame[]>) => {
    const covered = [...groups.values()].map((group) => countPositions(group) / positions);
    const mean = covered.reduce((sum, fraction) => sum + fraction, 0) / covered.length;
    const large = covered.filter((fraction) => fraction > LEAST_COVERAGE);
    return large.length > 1 && mean > LEAST_COVERAGE;
  };
  for (const name of DISTINCTION_NAMES) {
    const groups = groupBy(frames, ({ frame }) => frame.frame.distinctions[name] ?? "none");
    if (isUseful(groups))
      return [...groups].flatMap(([value, group]) =>
        refine(group, [...distinctions, { name, value }]),
      );
  }
  // The first image of each position, the second, and so on, by the number of the image.
  const occurrences = occurrencesOf(frames);
  const groups = groupBy(frames, (frame) => String(occurrences.get(frame)));
  if (!isUseful(groups)) return [{ frames, distinctions }];
  return [...groups].map(([value, group]) => ({
    frames: group,
    distinctions: [...distinctions, { name: "repetition", value }],
  }));
}

/** For each frame, how many frames with a lower or equal number have its position. */
function occurrencesOf(frames: readonly PositionedFrame[]): Map<PositionedFrame, number> {
  const counts = new Map<number, number>();
  const occurrences = new Map<PositionedFrame, number>();
  const number = ({ frame }: PositionedFrame) => frame.header.instanceNumber;
  for (const frame of [...frames].sort((a, b) => number(a) - number(b))) {
    const count = (counts.get(frame.position) ?? 0) + 1;
    counts.set(frame.position, count);
    occurrences.set(frame, count);
  }
  return occurrences;
}

function countPositions(frames: readonly PositionedFrame[]): number {
  return new Set(frames.map(({ position }) => position)).size;
}

/** Compares by the values that set the parts apart; numbers by their size. */
function compareParts(a: SimilarFrames, b: SimilarFrames): number {
  for (const [i, { value }] of a.distinctions.entries()) {
    const other = b.distinctions[i]?.value ?? "";
    const difference = Number(value) - Number(other);
    const order = Number.isNaN(difference) ? value.localeCompare(other, "en") : difference;
    if (order) return order;
  }
  return 0;
}
