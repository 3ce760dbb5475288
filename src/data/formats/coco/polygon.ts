/** Polygons of COCO annotations, and the boxes of their pixels. */
import type { Box } from "../../../types";
import type { Size } from "../shared/described-image";
import { boxOfCounts } from "./rle";

/** pycocotools follows the outline in steps of a fifth of a pixel. */
const STEPS = 5;
/** Steps of an outline that are followed: ten times around the largest image. */
const MAX_STEPS = 2_000_000;

/**
 * The box around the pixels of a polygon, as pycocotools draws it (`rleFrPoly` of maskApi).
 * @param points x and y in turn
 * @param size of the image
 * @returns null if the polygon has no pixel. The box of the corners if the outline is too long for
 * any image
 */
export function boxOfPolygon(points: readonly number[], size: Size): Box | null {
  const crossings = columnCrossings(points, size);
  if (!crossings) return boxOfCorners(points);
  const { width, height } = size;
  // Inside and outside alternate from crossing to crossing, column by column.
  const positions = [...crossings, width * height].sort((a, b) => a - b);
  return boxOfCounts(
    positions.map((position, i) => position - (positions[i - 1] ?? 0)),
    size,
  );
}

/** The box around the corners of a polygon. */
export function boxOfCorners(points: readonly number[]): Box {
  const [x, y] = points;
  const box: [number, number, number, number] = [x, y, x, y];
  points.forEach((value, i) => {
    box[i % 2] = Math.min(box[i % 2], value);
    box[2 + (i % 2)] = Math.max(box[2 + (i % 2)], value);
  });
  return box;
}

/** The places where the outline enters or leaves a column of pixels, as positions in the mask. */
function columnCrossings(points: readonly number[], { width, height }: Size): number[] | null {
  const corners = points.map((value) => Math.trunc(STEPS * value + 0.5));
  const crossings: number[] = [];
  let previous: readonly [number, number] | null = null;
  let count = 0;
  for (let at = 0; at < corners.length; at += 2) {
    const next = (at + 2) % corners.length;
    const line = lineBetween([corners[at], corners[at + 1]], [corners[next], corners[next + 1]]);
    count += line.length;
    if (!(count <= MAX_STEPS)) return null;
    for (let step = 0; step <= line.length; step++) {
      const [x, y] = line.pointAt(step);
      const [lastX, lastY] = previous ?? [x, y];
      previous = [x, y];
      if (x === lastX) continue;
      const column = (Math.min(x, lastX) + 0.5) / STEPS - 0.5;
      // Only the middle of a column counts.
      if (!Number.isInteger(column) || column < 0 || column > width - 1) continue;
      const row = (Math.min(y, lastY) + 0.5) / STEPS - 0.5;
      crossings.push(column * height + Math.ceil(Math.min(Math.max(row, 0), height)));
    }
  }
  return crossings;
}

/** The points of whole coordinates on a line, one for each step along its longer axis. */
function lineBetween(
  start: readonly [number, number],
  end: readonly [number, number],
): { length: number; pointAt: (step: number) => readonly [number, number] } {
  const [across, down] = [Math.abs(end[0] - start[0]), Math.abs(end[1] - start[1])];
  const [main, other] = across >= down ? [0, 1] : [1, 0];
  const length = Math.max(across, down);
  // Lines are followed from their lower end, so that both directions give the same points.
  const isReversed = start[main] > end[main];
  const [low, high] = isReversed ? [end, start] : [start, end];
  const slope = length ? (high[other] - low[other]) / length : 0;
  return {
    length,
    pointAt: (step) => {
      const distance = isReversed ? length - step : step;
      const along = low[main] + distance;
      const beside = Math.trunc(low[other] + slope * distance + 0.5);
      return across >= down ? [along, beside] : [beside, along];
    },
  };
}
