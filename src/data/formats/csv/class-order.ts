/** The order of the classes of tables. */
import type { Row } from "./table";

const NATURAL_ORDER = new Intl.Collator("en", { numeric: true });

/**
 * Sorts class names by their numbers, if the tables give one for each: in a column, or in a table
 * of names and numbers as RetinaNet has it. Otherwise by the names.
 * @param context.classIds the numbers of each class in a column
 * @param context.tables the rows of tables without boxes
 */
export function orderClasses(
  names: readonly string[],
  context: {
    readonly classIds: ReadonlyMap<string, ReadonlySet<string>>;
    readonly tables: readonly (readonly Row[])[];
  },
): string[] {
  const byName = [...names].sort((a, b) => NATURAL_ORDER.compare(a, b));
  const numbers = [numbersInColumn(context.classIds), ...context.tables.map(numbersInTable)].find(
    (map) => map && names.every((name) => map.has(name)) && areDifferent(names, map),
  );
  return numbers ? byName.sort((a, b) => numbers.get(a)! - numbers.get(b)!) : byName;
}

function numbersInColumn(classIds: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, [id, ...others]] of Array.from(
    classIds,
    ([key, ids]) => [key, [...ids]] as const,
  ))
    if (/^\d+$/.test(id) && !others.length) numbers.set(name, Number(id));
  return numbers;
}

/** The numbers in a table of two columns, name and number; null for another table. */
function numbersInTable(rows: readonly Row[]): Map<string, number> | null {
  const isList = rows.every(({ cells }) => cells.length === 2 && /^\d+$/.test(cells[1]));
  return isList ? new Map(rows.map(({ cells: [name, id] }) => [name, Number(id)])) : null;
}

function areDifferent(names: readonly string[], numbers: ReadonlyMap<string, number>): boolean {
  return new Set(names.map((name) => numbers.get(name))).size === names.length;
}
