/** Renders one slice of a patient as a scanner would give it, with the boxes of the tumors. */
import { createNoise2D } from "simplex-noise";
import { Random } from "../../util/random";
import type { ImageBox } from "../../types";
import { anatomy, sectionRadius } from "./anatomy";
import { tumorDistance, withTumor } from "./lesion";
import type { Patient } from "./patient";
import { forEachPixel } from "./pixels";
import type { Place, SliceContext } from "./place";
import { drawnBox } from "./reader";
import { scan } from "./scanner";
import type { Tumor } from "./tumor";

/**
 * Pixels: where a slice cuts fewer of a tumor, the tumor is left out, because no reader could tell
 * it from a vessel.
 */
const MIN_PIXELS = 30;
/** Distance from the center, in radii of the head, within which tumors are drawn. */
const INSIDE_SKULL = 0.86;
/** Distance from a tumor's center, in its radii, up to which a point is in the tumor. */
const TUMOR_EDGE = 0.98;
/** Heights in a slice, in its thickness, whose mean is the signal of a pixel (partial volume). */
const LEVELS = [-1 / 3, 0, 1 / 3];
/** Levels at which a pixel must be in the tumor to count for its box. */
const MIN_LEVELS = 2;

/** A box of a rendered slice, in pixels of the slice. */
export interface PhantomBox {
  readonly classId: number;
  readonly box: ImageBox;
}

/** A rendered slice. */
export interface PhantomSlice {
  /** `[height, width]` grey values from 0 to 255, row by row. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PhantomBox[];
}

/** A tumor that a slice cuts. */
interface CutTumor {
  readonly tumor: Tumor;
  /** Extent of its pixels. */
  readonly box: ImageBox;
}

/**
 * Renders a slice. The same seed gives the same pixels.
 * @param z height of the slice, in half head widths above the middle of the brain
 */
export function renderSlice(patient: Patient, z: number, seed: string): PhantomSlice {
  const { width, height } = patient;
  const shapes = new Random(`${seed}/${patient.id}/shapes`);
  const grain = new Random(`${seed}/${patient.id}/${z.toFixed(3)}/grain`);
  const slice: SliceContext = { patient, z, noise: createNoise2D(() => shapes.uniform()) };
  const placeOf = placesOf(slice);
  const levels = LEVELS.map((level) => ({ ...slice, z: z + level * patient.thickness }));
  const tumors = cutTumors(levels, placeOf);
  const ideal = new Float32Array(width * height);
  forEachPixel(width, height, (column, row, i) => {
    const place = placeOf(column, row);
    const healthy = anatomy(place, slice);
    ideal[i] = place.r < INSIDE_SKULL ? withTumors(healthy, { tumors, place, levels }) : healthy;
  });
  const pixels = scan(ideal, patient, grain);
  const random = new Random(`${seed}/${patient.id}/${z.toFixed(3)}/reader`);
  const boxes = tumors.map(({ tumor, box }) => ({
    classId: tumor.kind,
    box: drawnBox(box, { reader: patient.reader, random, size: [width, height] }),
  }));
  return { pixels, width, height, boxes };
}

/** The position in the head of each pixel's center. */
function placesOf({ patient, z }: SliceContext): (column: number, row: number) => Place {
  const { width, height, scale, offset, tilt, elongation } = patient;
  const section = sectionRadius(z);
  return (column, row) => {
    const px = (column + 0.5 - width / 2 - offset[0]) / scale;
    const py = (row + 0.5 - height / 2 - offset[1]) / scale;
    const x = px * Math.cos(tilt) + py * Math.sin(tilt);
    const y = -px * Math.sin(tilt) + py * Math.cos(tilt);
    const angle = Math.atan2(y / elongation, x);
    return { x, y, angle, r: Math.hypot(x, y / elongation) / section };
  };
}

/** The mean of a grey value with tumors over the levels of a slice. */
function withTumors(
  healthy: number,
  options: {
    readonly tumors: readonly CutTumor[];
    readonly place: Place;
    readonly levels: readonly SliceContext[];
  },
): number {
  const { tumors, place, levels } = options;
  if (!tumors.length) return healthy;
  let sum = 0;
  for (const slice of levels)
    sum += tumors.reduce((value, { tumor }) => withTumor(value, { tumor, place, slice }), healthy);
  return sum / levels.length;
}

/** The tumors that a slice cuts, with the extent of their pixels. */
function cutTumors(
  levels: readonly SliceContext[],
  placeOf: (column: number, row: number) => Place,
): CutTumor[] {
  const { width, height, tumors } = levels[0].patient;
  const extents = tumors.map(() => ({ x1: width, y1: height, x2: 0, y2: 0, pixels: 0 }));
  forEachPixel(width, height, (column, row) => {
    const place = placeOf(column, row);
    if (place.r > INSIDE_SKULL) return;
    tumors.forEach((tumor, i) => {
      const inside = levels.filter((level) => tumorDistance(tumor, place, level) <= TUMOR_EDGE);
      if (inside.length < MIN_LEVELS) return;
      const extent = extents[i];
      extent.x1 = Math.min(extent.x1, column);
      extent.y1 = Math.min(extent.y1, row);
      extent.x2 = Math.max(extent.x2, column + 1);
      extent.y2 = Math.max(extent.y2, row + 1);
      extent.pixels++;
    });
  });
  return tumors.flatMap((tumor, i) => {
    const { x1, y1, x2, y2, pixels } = extents[i];
    return pixels < MIN_PIXELS ? [] : [{ tumor, box: [x1, y1, x2, y2] }];
  });
}
