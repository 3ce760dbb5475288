/** The connected regions of each value in an image of values. */
import type { Box } from "../../../types";
import { connectedComponents } from "../../components";
import { UnreadableFile } from "../../read-file";
import type { Size } from "../shared/described-image";

/** Regions that an image may have. A picture that is no mask has more. */
const MAX_REGIONS = 5000;

/** Pixels of one value that touch each other, also at their corners. */
export interface Region {
  readonly value: number;
  /** Number of pixels. */
  readonly area: number;
  /** Edges of its pixels: a region of one pixel is 1 wide. */
  readonly box: Box;
}

/**
 * Finds the connected regions of some values, from the top down.
 * @param values of the pixels, row by row
 * @param options.regionValues the values whose regions are found
 * @throws UnreadableFile when there are more regions than a mask has
 */
export function regionsOf(
  values: Float32Array | Uint16Array | Uint32Array,
  options: Size & { readonly regionValues: Iterable<number> },
): Region[] {
  const { width, height, regionValues } = options;
  const regions: Region[] = [];
  for (const value of regionValues) {
    const pixels = Uint8Array.from(values, (other) => (other === value ? 1 : 0));
    const left = MAX_REGIONS + 1 - regions.length;
    for (const { slices } of connectedComponents(pixels, { width, height, depth: 1 }, left)) {
      const { x1, y1, x2, y2, area } = slices.get(0)!;
      regions.push({ value, area, box: [x1, y1, x2, y2] });
    }
    if (regions.length > MAX_REGIONS)
      throw new UnreadableFile(`it has more than ${MAX_REGIONS} separate regions`);
  }
  return regions.sort(({ box: a }, { box: b }) => a[1] - b[1] || a[0] - b[0]);
}
