/** Loops over the pixels of a slice. */

/** Calls `visit` for each pixel, row by row. */
export function forEachPixel(
  width: number,
  height: number,
  visit: (column: number, row: number, index: number) => void,
): void {
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) visit(column, row, i);
}
