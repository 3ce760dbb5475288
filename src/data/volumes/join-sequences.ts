/** Joins scans of one patient to a volume whose slices have the sequences as channels. */
import { length, subtract, toMillimeters } from "./geometry";
import type { Volume, VolumeSlice } from "./volume";

/** An opened scan, and the name of its sequence. */
export interface NamedVolume {
  readonly name: string;
  readonly volume: Volume;
}

/** Corners that are this fraction of a pixel apart are at the same place. */
const TOLERANCE = 0.1;

/**
 * One volume of several sequences: its slices are those of the first, and the others are further
 * channels. Slices are matched by their positions, because files store them in any direction.
 * @param name of the volume
 * @param sequences the first can have fewer slices than the others
 * @throws when the sequences do not have the same voxels
 */
export function joinSequences(name: string, sequences: readonly NamedVolume[]): Volume {
  const [first, ...others] = sequences;
  const { slices } = first.volume;
  const further = others.map((other) => {
    const matching = new Map(
      slices.map((slice) => [slice.index, matchingSlice({ slice, first, other })]),
    );
    return {
      window: other.volume.slices[0].window,
      read: ({ index }: VolumeSlice) => other.volume.read(matching.get(index)!),
    };
  });
  const names = sequences.map((sequence) => sequence.name);
  const third = names.length === 2 ? ", and the third is the mean of both" : "";
  const notes = [
    `the channels are the sequences ${names.join(", ")}${third}`,
    ...sequences.flatMap(({ volume }) => volume.notes),
  ];
  return { ...first.volume, name, further, notes: [...new Set(notes)] };
}

/** The slice of another sequence that shows the same part of the patient. */
function matchingSlice({
  slice,
  first,
  other,
}: {
  readonly slice: VolumeSlice;
  readonly first: NamedVolume;
  readonly other: NamedVolume;
}): VolumeSlice {
  const candidates = other.volume.slices;
  const found = candidates.find((candidate) => areTogether(slice, candidate));
  if (found) return found;
  throw new Error(
    `slice ${slice.index} of ${first.name} (${first.volume.name}) has no slice of ${other.name} (${other.volume.name}) at its place: the sequences must have the same voxels`,
  );
}

/** Whether the corners of two slices are at the same places. */
function areTogether(a: VolumeSlice, b: VolumeSlice): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  // Without positions, the number of the slice decides.
  if (!a.grid || !b.grid) return a.index === b.index;
  const corners = ({ grid, width, height }: VolumeSlice) =>
    [0, width].flatMap((x) => [0, height].map((y) => toMillimeters(grid!, x, y)));
  const cornersOfB = corners(b);
  const smallest = Math.min(length(a.grid.column), length(a.grid.row));
  return corners(a).every(
    (corner, i) => length(subtract(corner, cornersOfB[i])) <= TOLERANCE * smallest,
  );
}
