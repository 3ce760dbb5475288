/** Random boxes for property tests. */
import fc from "fast-check";
import type { Box } from "../../src/types";

const edge = fc.double({ min: -50, max: 350, noNaN: true });
const side = fc.double({ min: 1, max: 200, noNaN: true });

/** A box with an area, partly outside a 300-pixel image at times. */
export const box: fc.Arbitrary<Box> = fc
  .tuple(edge, edge, side, side)
  .map(([x, y, width, height]) => [x, y, x + width, y + height].map(Math.fround) as unknown as Box);

export const boxes = (maxLength: number, minLength = 0): fc.Arbitrary<Box[]> => fc.array(box, { minLength, maxLength });
