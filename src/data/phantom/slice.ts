/** Renders one slice of a patient as a scanner would give it, with the boxes of the tumors. */
import { createNoise2D } from "simplex-noise";
import { Random } from "../../util/random";
import type { ImageBox } from "../../types";
import { anatomy, sectionRadius } from "./anatomy";
import { tumorDistance, withTumor } from "./lesion";
import type { Patient, Tumor } from "./patient";
import { forEachPixel } from "./pixels";
import type { Place, SliceContext } from "./place";
import { scan } from "./scanner";

/**
 * Pixels: where a slice cuts fewer of a tumor, the tumor is left out, because it would look like a
 * vessel.
 */
const MIN_PIXELS = 60;
/** Distance from the center, in radii of the head, within which tumors are drawn. */
const INSIDE_SKULL = 0.86;
/** Distance from a tumor's center, in its radii, up to which a pixel counts for its box. */
const TUMOR_EDGE = 0.98;

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
interface CutTumor extends PhantomBox {
  readonly tumor: Tumor;
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
  const tumors = cutTumors(slice, placeOf);
  const ideal = new Float32Array(width * height);
  forEachPixel(width, height, (column, row, i) => {
    const place = placeOf(column, row);
    let value = anatomy(place, slice);
    if (place.r < INSIDE_SKULL)
      for (const { tumor } of tumors) value = withTumor(value, { tumor, place, slice });
    ideal[i] = value;
  });
  return {
    pixels: scan(ideal, patient, grain),
    width,
    height,
    boxes: tumors.map(({ classId, box }) => ({ classId, box })),
  };
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

/** The tumors that the slice cuts, with the extent of their pixels. */
function cutTumors(
  slice: SliceContext,
  placeOf: (column: number, row: number) => Place,
): CutTumor[] {
  const { width, height, tumors } = slice.patient;
  const extents = tumors.map(() => ({ x1: width, y1: height, x2: 0, y2: 0, pixels: 0 }));
  forEachPixel(width, height, (column, row) => {
    const place = placeOf(column, row);
    tumors.forEach((tumor, i) => {
      if (place.r > INSIDE_SKULL || tumorDistance(tumor, place, slice) > TUMOR_EDGE) return;
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
    return pixels < MIN_PIXELS ? [] : [{ tumor, classId: tumor.kind, box: [x1, y1, x2, y2] }];
  });
}
