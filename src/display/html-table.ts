/** A danfojs table as HTML for a cell, and as text for everything else. */
import type { DataFrame } from "danfojs-node";

/** Rows of a long table that are printed: half of them from its start, half from its end. */
const MAX_ROWS = 20;

/** Whether a value is a danfojs table, or a column of one: it has the same properties. */
export function isDataFrame(value: unknown): value is DataFrame {
  const candidate = value as Partial<DataFrame> | null;
  return (
    Array.isArray(candidate?.columns) &&
    Array.isArray(candidate?.values) &&
    typeof candidate?.iloc === "function"
  );
}

/** The table as HTML, with all names and values escaped. */
export function tableHtml(table: DataFrame): string {
  const values = rowsOf(table);
  const cells = (tag: string, row: readonly unknown[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cellText(cell))}</${tag}>`);
  const head = cells("th", ["", ...table.columns]).join("");
  const body = printedRows(values.length).map((i) =>
    i === null
      ? `<tr><td colspan="${table.columns.length + 1}">…</td></tr>`
      : `<tr><th>${escapeHtml(String(table.index[i]))}</th>${cells("td", values[i]).join("")}</tr>`,
  );
  const size = `<p>${values.length} rows × ${table.columns.length} columns</p>`;
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${size}`;
}

/** The table as lines of text. */
export function tableText(table: DataFrame): string {
  const values = rowsOf(table);
  const rows = printedRows(values.length).map((i) =>
    i === null ? table.columns.map(() => "…") : values[i].map(cellText),
  );
  const all = [table.columns, ...rows];
  const widths = table.columns.map((_, column) =>
    Math.max(...all.map((row) => row[column].length)),
  );
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  "))
    .join("\n");
}

/** Text that HTML shows unchanged. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** The rows of a table. The values of a column are no arrays: each becomes a row. */
function rowsOf(table: DataFrame): unknown[][] {
  return (table.values as unknown[]).map((row) => (Array.isArray(row) ? row : [row]));
}

/** Indices of the printed rows, with null in place of rows that are left out. */
function printedRows(count: number): (number | null)[] {
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  if (count <= MAX_ROWS) return range(0, count);
  return [...range(0, MAX_ROWS / 2), null, ...range(count - MAX_ROWS / 2, count)];
}

/** Three decimals for numbers below 1, two for other fractions. */
function cellText(value: unknown): string {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1 ? value.toFixed(3) : value.toFixed(2);
}
