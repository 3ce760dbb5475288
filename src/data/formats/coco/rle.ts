/**
 * Masks of COCO annotations as run lengths, and the boxes around them.
 *
 * A mask is stored column by column, from the top down: the lengths of runs of zeros and ones in
 * turn, beginning with zeros. The compressed form is a text. Both are described by the C code of
 * pycocotools (maskApi), with which the results agree.
 */
import type { Box } from "../../../types";
import type { Size } from "../shared/described-image";

/** Characters of compressed counts are this code and up; each has six bits. */
const FIRST_CODE = 48;
const DATA_BITS = 5;
const MORE = 0x20;
const SIGN = 0x10;
/** Characters of one number; more would not fit into 32 bits. */
const MAX_CHARACTERS = 7;

/**
 * Decompresses run lengths.
 * @returns null if the text is not valid
 */
export function decompressCounts(text: string): number[] | null {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let scale = 1;
    for (let length = 1; ; length++) {
      const code = text.charCodeAt(at++) - FIRST_CODE;
      // NaN at the end of the text is not valid either.
      if (!(code >= 0 && code < 2 * MORE) || length > MAX_CHARACTERS) return null;
      value += (code & (MORE - 1)) * scale;
      scale *= 2 ** DATA_BITS;
      if (code & MORE) continue;
      if (code & SIGN) value -= scale;
      break;
    }
    // From the fourth number on, the difference to the number before the last is stored.
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}

/**
 * The box around the ones of a mask.
 * @param counts run lengths, beginning with zeros
 * @param size of the mask
 * @returns null if the mask has no ones
 */
export function boxOfCounts(
  counts: readonly number[],
  { height }: Pick<Size, "height">,
): Box | null {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
  let start = 0;
  counts.forEach((count, index) => {
    const end = start + count;
    if (index % 2 === 1 && count > 0) {
      const [firstColumn, lastColumn] = [start, end - 1].map((at) => Math.floor(at / height));
      const isInOneColumn = firstColumn === lastColumn;
      x1 = Math.min(x1, firstColumn);
      x2 = Math.max(x2, lastColumn + 1);
      y1 = Math.min(y1, isInOneColumn ? start % height : 0);
      y2 = Math.max(y2, isInOneColumn ? ((end - 1) % height) + 1 : height);
    }
    start = end;
  });
  return x1 < x2 ? [x1, y1, x2, y2] : null;
}
