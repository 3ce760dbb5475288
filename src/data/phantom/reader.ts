/** The people who draw the boxes of the phantom. Each has a habit, as in a real data set. */
import type { Random } from "../../util/random";
import type { ImageBox } from "../../types";

/** How a person draws boxes. Lengths are fractions of the side of the tumor's exact box. */
export interface Reader {
  /** Distance between each edge of a drawn box and the edge of the tumor, outward. */
  readonly margin: number;
  /** Standard deviation of each edge, because nobody draws twice the same box. */
  readonly spread: number;
}

/** Draws the box that encloses the tumor's pixels. */
export const EXACT_READER: Reader = { margin: 0, spread: 0 };

/**
 * The readers of the data set. The loose reader adds a part of the swelling to the box. No box can
 * fit all of them, which limits AP at high IoU, as in real data sets.
 */
export const READERS: readonly Reader[] = [
  { margin: 0, spread: 0.01 },
  { margin: 0.02, spread: 0.015 },
  { margin: 0.05, spread: 0.02 },
];

/**
 * The box that a reader draws for a tumor.
 * @param exact box of the tumor's pixels, in pixels of the slice
 * @param options.reader the person
 * @param options.random gives the spread of the edges
 * @param options.size `[width, height]` of the slice in pixels
 * @returns a box of whole pixels inside the slice
 */
export function drawnBox(
  [x1, y1, x2, y2]: ImageBox,
  options: {
    readonly reader: Reader;
    readonly random: Random;
    readonly size: readonly [number, number];
  },
): ImageBox {
  const { reader, random, size } = options;
  const outward = (side: number) => side * (reader.margin + reader.spread * random.normal());
  const within = (value: number, limit: number) => Math.min(limit, Math.max(0, Math.round(value)));
  const [width, height] = [x2 - x1, y2 - y1];
  return [
    within(x1 - outward(width), size[0]),
    within(y1 - outward(height), size[1]),
    within(x2 + outward(width), size[0]),
    within(y2 + outward(height), size[1]),
  ];
}
