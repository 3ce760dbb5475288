/** Random boxes for property tests. */
import fc from "fast-check";
import type { Box } from "../../src/types";

const edge = fc.double({ min: -50, max: 350, noNaN: true });
const side = fc.double({ min: 1, max: 200, noNaN: true });

/** A box with an area. It can be partly outside an image of 300 pixels. */
export const box: fc.Arbitrary<Box> = fc
  .tuple(edge, edge, side, side)
  .map(([x, y, width, height]) => [x, y, x + width, y + height].map(Math.fround) as unknown as Box);

/** A list of boxes. */
export const boxes = (maxLength: number, minLength = 0): fc.Arbitrary<Box[]> =>
  fc.array(box, { minLength, maxLength });

/** A box of any shape, with sides from 0.01 to 100,000 pixels. */
export const extremeBox: fc.Arbitrary<Box> = fc
  .tuple(
    edge,
    edge,
    fc.double({ min: -2, max: 5, noNaN: true }),
    fc.double({ min: -2, max: 5, noNaN: true }),
  )
  .map(
    ([x, y, width, height]) =>
      [x, y, x + 10 ** width, y + 10 ** height].map(Math.fround) as unknown as Box,
  )
  .filter(([x1, y1, x2, y2]) => x2 > x1 && y2 > y1);

/** Boxes with only a few corners and sides, so that many are equal, nested or aligned. */
export const crowd = (maxLength: number): fc.Arbitrary<Box[]> => {
  const step = fc.integer({ min: 0, max: 6 });
  const aligned = fc
    .tuple(step, step, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .map(([x, y, width, height]): Box => [8 * x, 8 * y, 8 * (x + width), 8 * (y + height)]);
  return fc.array(aligned, { maxLength });
};
