/** Parses tables: comma, semicolon, tab or bar between the cells, with or without quotes. */
import { type CsvError, parse } from "csv-parse/sync";
import { shortened } from "../../checks";

/** What may separate cells. */
const DELIMITERS = ["\t", ";", ",", "|"];
/** Characters that are looked at to find the delimiter. */
const LOOKED_AT = 10_000;
/** Excel writes the delimiter into a line of its own. */
const EXCEL_DELIMITER = /^sep=(.)\s*$/i;

/** One row of a table. */
export interface Row {
  /** The line that it begins on, counted from 1. */
  readonly line: number;
  /** Without blanks around them. */
  readonly cells: readonly string[];
}

/**
 * Parses the text of a table.
 * @param report receives lines that cannot be parsed
 * @returns all rows that are not empty, including the header
 */
export function parseTable(text: string, report: (line: number, message: string) => void): Row[] {
  const content = text.replace(/^\uFEFF/, "");
  const [first] = content.split(/\r\n|\n|\r/, 1);
  const given = EXCEL_DELIMITER.exec(first)?.[1];
  const delimiter = given ?? findDelimiter(content);
  try {
    return withoutEmpty(parseText(content, delimiter), given !== undefined);
  } catch (error) {
    if (!isCsvError(error)) throw error;
    // A quote that is not closed swallows all that follows. Line by line it costs one line.
    const rows = content.split(/\r\n|\n|\r/).flatMap((line, i): Row[] => {
      try {
        return parseText(line, delimiter).map(({ cells }) => ({ line: i + 1, cells }));
      } catch (reason) {
        if (!isCsvError(reason)) throw reason;
        report(i + 1, `its quotes are not in pairs (${shortened(line)})`);
        return [];
      }
    });
    return withoutEmpty(rows, given !== undefined);
  }
}

function parseText(text: string, delimiter: string): Row[] {
  const records = parse(text, {
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    info: true,
  }) as unknown as { info: { lines: number }; record: string[] }[];
  let end = 0;
  return records.map(({ info, record }) => {
    const line = end + 1;
    end = info.lines;
    return { line, cells: record.map((cell) => cell.trim()) };
  });
}

/** The rows that have at least one cell with content. */
function withoutEmpty(rows: readonly Row[], hasDelimiterLine: boolean): Row[] {
  return rows.slice(hasDelimiterLine ? 1 : 0).filter(({ cells }) => cells.some((cell) => cell));
}

/**
 * The delimiter that gives most lines as many cells as the first one; of several, the one that
 * gives more cells.
 */
function findDelimiter(text: string): string {
  const lines = text
    .slice(0, LOOKED_AT)
    // Something must remain of a cell: a line of tabs alone would count as empty.
    .replace(/"[^"]*"/g, '"')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim());
  const rated = DELIMITERS.map((delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length);
    const alike = counts.filter((count) => count === counts[0]).length;
    return { delimiter, cells: counts[0] ?? 1, alike };
  }).filter(({ cells }) => cells > 1);
  const [best] = rated.sort((a, b) => b.alike - a.alike || b.cells - a.cells);
  return best?.delimiter ?? ",";
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && "code" in error && String(error.code).length > 0;
}
