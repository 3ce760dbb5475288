/** The box of a segmentation: of polygons, or of a mask as run lengths. */
import type { Box } from "../../../types";
import type { Size } from "../shared/described-image";
import { boxOfCorners, boxOfPolygon } from "./polygon";
import { boxOfCounts, decompressCounts } from "./rle";

/** Numbers of the smallest polygon: a triangle. */
const MIN_NUMBERS = 6;
/** Pixels a side; a larger mask is a mistake. */
const MAX_SIDE = 1_000_000;

/** The region of an annotation. */
export interface Region {
  /** The size that it refers to; null if that is the image's. */
  readonly frame: Size | null;
  /** The box around its pixels, in an image of a size; null if it has no pixels. */
  readonly boxIn: (size: Size) => Box | null;
}

/**
 * Reads a segmentation.
 * @returns the region, or the reason why it cannot be read, as a text
 */
export function readSegmentation(segmentation: unknown): Region | string {
  if (Array.isArray(segmentation)) return readPolygons(segmentation as unknown[]);
  if (typeof segmentation === "object" && segmentation !== null) return readMask(segmentation);
  return "its segmentation is neither a list of polygons nor a mask";
}

function readPolygons(polygons: readonly unknown[]): Region | string {
  if (!polygons.length) return "its segmentation is empty";
  // One polygon without the list around it is understood too.
  const list = polygons.every((value) => typeof value === "number") ? [polygons] : polygons;
  for (const polygon of list)
    if (!isNumberList(polygon) || polygon.length < MIN_NUMBERS || polygon.length % 2 === 1)
      return `a polygon of its segmentation is not a list of at least three points (x, y, x, y, …)`;
  const valid = list as readonly (readonly number[])[];
  return {
    frame: null,
    boxIn: (size) =>
      boxAround(valid.map((polygon) => boxOfPolygon(polygon, size))) ??
      // A polygon between the centers of pixels has no pixel, but it has a place.
      boxAround(valid.map(boxOfCorners)),
  };
}

function readMask(mask: object): Region | string {
  const { size, counts } = mask as { size?: unknown; counts?: unknown };
  if (!isNumberList(size) || size.length !== 2 || !size.every(isSide))
    return "the size of its mask is not a height and a width";
  const [height, width] = size;
  const list = typeof counts === "string" ? decompressCounts(counts) : counts;
  if (!isNumberList(list)) return "the counts of its mask are not run lengths";
  const sum = list.reduce((total, count) => total + count, 0);
  if (!list.every((count) => Number.isInteger(count) && count >= 0) || sum !== width * height)
    return `the counts of its mask do not add up to ${width} x ${height} pixels`;
  return { frame: { width, height }, boxIn: () => boxOfCounts(list, { height }) };
}

function isNumberList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one));
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= MAX_SIDE;
}

/** The box around boxes; null if there are none. */
function boxAround(boxes: readonly (Box | null)[]): Box | null {
  const present = boxes.filter((box): box is Box => box !== null);
  if (!present.length) return null;
  return present.reduce<Box>(
    (a, b) => [
      Math.min(a[0], b[0]),
      Math.min(a[1], b[1]),
      Math.max(a[2], b[2]),
      Math.max(a[3], b[3]),
    ],
    present[0],
  );
}
