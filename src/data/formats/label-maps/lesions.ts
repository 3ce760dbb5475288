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
  const values = await labelValues(labels, plane);
  const { width, height } = labels.slice(plane, 0);
  const shape = { width, height, depth: labels.counts[plane] };
  const bySlice = new Map<number, LesionBox[]>();
  let count = 0;
  let tooSmall = 0;
  const inside = (classes ?? [null]).map((labelClass) => {
    const isInside = new Uint8Array(MAX_LABEL + 1).fill(labelClass ? 0 : 1);
    isInside[0] = 0;
    for (const value of labelClass?.values ?? []) isInside[Math.min(value, MAX_LABEL)] = 1;
    return isInside;
  });
  for (const [classId, isInside] of inside.entries()) {
    const mask = values.map((value) => isInside[value]);
    for (const { slices } of connectedComponents(mask, shape)) {
      const large = Array.from(slices).filter(([, { area }]) => area >= minArea);
      tooSmall += slices.size - large.length;
      if (large.length) count++;
      for (const [index, { x1, y1, x2, y2 }] of large) {
        const box: LesionBox = { classId, lesion: count, box: [x1, y1, x2, y2] };
        bySlice.set(index, [...(bySlice.get(index) ?? []), box]);
      }
    }
  }
  const found = new Set(values);
  const otherValues = Array.from(found)
    .filter((value) => value !== 0 && inside.every((isInside) => !isInside[value]))
    .sort((a, b) => a - b);
  return { bySlice, count, tooSmall, otherValues };
}

/** The highest value of a label map; higher ones count as this one. */
const MAX_LABEL = 255;
/** How far a label may be from a whole number, because a rescaling in the header was rounded. */
const ROUNDING = 1e-3;

/** The values of all slices of a plane, as whole numbers from 0 to 255. */
async function labelValues(labels: VoxelVolume, plane: Plane): Promise<Uint8Array> {
  const depth = labels.counts[plane];
  const { width, height } = labels.slice(plane, 0);
  const values = new Uint8Array(width * height * depth);
  for (let index = 0; index < depth; index++) {
    const slice = await labels.readVoxels(plane, index);
    for (let i = 0; i < slice.length; i++) {
      if (slice[i] === 0 || Number.isNaN(slice[i])) continue;
      const value = Math.round(slice[i]);
      if (value < 0 || Math.abs(slice[i] - value) > ROUNDING)
        throw new Error(
          `${labels.name}: the value ${Number(slice[i].toPrecision(6))} is not a label, because labels are whole numbers from 0: is it a scan?`,
        );
      values[index * width * height + i] = Math.min(value, MAX_LABEL);
    }
  }
  return values;
}
