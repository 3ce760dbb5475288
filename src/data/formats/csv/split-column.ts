/** The column of a table that has the splits, under a name that is not known. */
import { isSplitWord, splitInName } from "../shared/split-names";
import type { Columns } from "./columns";
import type { Row } from "./table";

/**
 * The columns of a table, with that of the splits: if none has the name of one, an unused column in
 * which each row has a word such as `train` or `test`, and the rows have several of them. Without
 * it, test images would be trained on.
 * @param rows without the header
 */
export function withSplitColumn(columns: Columns, rows: readonly Row[]): Columns {
  const { indices, count } = columns;
  if (indices.has("split")) return columns;
  const used = new Set(indices.values());
  const found = Array.from({ length: count }, (_, index) => index).find((index) => {
    if (used.has(index)) return false;
    const cells = rows.map((row) => row.cells[index] ?? "");
    return cells.every(isSplitWord) && new Set(cells.map(splitInName)).size > 1;
  });
  return found === undefined
    ? columns
    : { ...columns, indices: new Map([...indices, ["split", found]]) };
}
