/** Tables with the columns of several boxes, of which only one box a row is read. */
import { boxRoles, type Columns, folded } from "./columns";
import type { Row } from "./table";

/** Columns of the sizes of two boxes: `x1`, `y1`, `x2` and `y2` are then no corners of one box. */
const NUMBERED_SIZES = [
  ["w1", "h1", "w2", "h2"],
  ["width1", "height1", "width2", "height2"],
];

/**
 * The columns that have more boxes than the one that is read: the columns of the box again, or with
 * a number (`xmin.1`, `xmin_2`), in a row in which they have other cells.
 * @param rows with the header
 * @returns their names; empty if there are none
 */
export function furtherBoxes(rows: readonly Row[], columns: Columns): string[] {
  const roles = boxRoles(columns);
  if (!roles || !columns.hasHeader) return [];
  const [{ cells: names }, ...body] = rows;
  const header = names.map(folded);
  const box = roles.map((role) => columns.indices.get(role)!);
  const sizes = NUMBERED_SIZES.find((list) => list.every((name) => header.includes(name)));
  if (sizes && box.every((index) => /^[xy][12]$/.test(header[index])))
    return sizes.map((name) => names[header.indexOf(name)]);
  const groups = suffixesIn(header, box).map((suffix) =>
    box.map((index) => otherColumn(header, { index, suffix })),
  );
  const isOther = (group: readonly number[]) =>
    body.some(({ cells }) =>
      group.some((index, i) => (cells[index] ?? "") && cells[index] !== cells[box[i]]),
    );
  return groups
    .filter((group) => group.every((index) => index >= 0) && isOther(group))
    .flatMap((group) => group.map((index) => names[index]));
}

/** What follows the name of the box's first column in the names of other columns; '' for nothing. */
function suffixesIn(header: readonly string[], [first]: readonly number[]): string[] {
  const suffixes = header.flatMap((name, index) => {
    const rest = name.startsWith(header[first]) ? name.slice(header[first].length) : null;
    return index !== first && rest !== null && /^\d*$/.test(rest) ? rest : [];
  });
  return Array.from(new Set(suffixes));
}

/** The column of the same name with a suffix; -1 if there is none. */
function otherColumn(
  header: readonly string[],
  { index, suffix }: { readonly index: number; readonly suffix: string },
): number {
  return header.findIndex((name, other) => other !== index && name === header[index] + suffix);
}
