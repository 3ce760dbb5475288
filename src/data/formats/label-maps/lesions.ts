/** Lesions of a label map: its connected components, as boxes in the slices of a plane. */
import type { Box } from "../../../types";
import { connectedComponents } from "../../components";
import type { Plane } from "../../volumes/geometry";
import type { VoxelVolume } from "../../volumes/voxel-volume";
import type { LabelClass } from "./dataset-json";

/** A lesion in one slice. */
export interface LesionBox {
  readonly classId: number;
  /** Number of the lesion among all lesions of the label map, counted from 1. */
  readonly lesion: number;
  /** In voxels of the slice: its edges are edges of voxels. */
  readonly box: Box;
}

/** The lesions of a label map. */
export interface Lesions {
  /** By the index of the slice. Slices without a lesion are missing. */
  readonly bySlice: ReadonlyMap<number, readonly LesionBox[]>;
  /** Indices of the slices with a part of a lesion, also where it is too small for a box. */
  readonly reached: ReadonlySet<number>;
  /** Number of lesions that have a box in at least one slice. */
  readonly count: number;
  /** Parts of lesions that were left out because they cover less than `minArea` in a slice. */
  readonly tooSmall: number;
  /** Values of the label map that belong to no class, without 0. */
  readonly otherValues: readonly number[];
}

/** How lesions are found. */
export interface LesionOptions {
  readonly plane: Plane;
  /** By class index. Null: all values but 0 are one class. */
  readonly classes: readonly LabelClass[] | null;
  /** Voxels that a lesion covers in a slice at least to get a box there. */
  readonly minArea: number;
}

/**
 * Finds the lesions of a label map. A lesion gets one box in each slice that it reaches, also where
 * the slice cuts it into several parts.
 * @throws when a slice cannot be read; the message names the file
 */
export async function findLesions(labels: VoxelVolume, options: LesionOptions): Promise<Lesions> {
  const { plane, classes, minArea } = options;
  const { labels: present, indices } = await readLabels(labels, plane);
  const { width, height } = labels.slice(plane, 0);
  const shape = { width, height, depth: labels.counts[plane] };
  const bySlice = new Map<number, LesionBox[]>();
  let count = 0;
  let tooSmall = 0;
  const reached = new Set<number>();
  const inside = (classes ?? [null]).map((labelClass) =>
    Uint8Array.from(present, (label) =>
      Number(label !== 0 && (!labelClass || labelClass.values.includes(label))),
    ),
  );
  for (const [classId, isInside] of inside.entries()) {
    const mask = new Uint8Array(indices.length);
    for (let i = 0; i < mask.length; i++) mask[i] = isInside[indices[i]];
    for (const { slices } of connectedComponents(mask, shape)) {
      for (const index of slices.keys()) reached.add(index);
      const large = Array.from(slices).filter(([, { area }]) => area >= minArea);
      tooSmall += slices.size - large.length;
      if (large.length) count++;
      for (const [index, { x1, y1, x2, y2 }] of large) {
        const box: LesionBox = { classId, lesion: count, box: [x1, y1, x2, y2] };
        bySlice.set(index, [...(bySlice.get(index) ?? []), box]);
      }
    }
  }
  const otherValues = present
    .filter((label, i) => label !== 0 && inside.every((isInside) => !isInside[i]))
    .sort((a, b) => a - b);
  return { bySlice, reached, count, tooSmall, otherValues };
}

/** Different labels that a byte and two bytes can number. */
const [BYTE_LABELS, WORD_LABELS] = [2 ** 8, 2 ** 16];
/** How far a label may be from a whole number, because a rescaling in the header was rounded. */
const ROUNDING = 1e-3;

/** The voxels of a label map. Labels can be large numbers, so that voxels have their places. */
interface LabelVoxels {
  /** The different labels; the first one is 0. */
  readonly labels: readonly number[];
  /** `[depth, height, width]`, row by row: the place of each voxel's label in `labels`. */
  readonly indices: Uint8Array | Uint16Array;
}

/** Reads all slices of a plane. */
async function readLabels(volume: VoxelVolume, plane: Plane): Promise<LabelVoxels> {
  const depth = volume.counts[plane];
  const { width, height } = volume.slice(plane, 0);
  const places = new Map([[0, 0]]);
  let indices: LabelVoxels["indices"] = new Uint8Array(width * height * depth);
  for (let index = 0; index < depth; index++) {
    const slice = await volume.readVoxels(plane, index);
    for (let i = 0; i < slice.length; i++) {
      if (slice[i] === 0 || Number.isNaN(slice[i])) continue;
      const label = Math.round(slice[i]);
      if (label < 0 || Math.abs(slice[i] - label) > ROUNDING)
        throw new Error(
          `${volume.name}: the value ${Number(slice[i].toPrecision(6))} is not a label, because labels are whole numbers from 0: is it a scan?`,
        );
      let place = places.get(label);
      if (place === undefined) {
        place = places.size;
        places.set(label, place);
        if (place === BYTE_LABELS) indices = Uint16Array.from(indices);
        if (place === WORD_LABELS)
          throw new Error(
            `${volume.name}: it has more than ${WORD_LABELS} different values: is it a scan?`,
          );
      }
      indices[index * width * height + i] = place;
    }
  }
  return { labels: Array.from(places.keys()), indices };
}
