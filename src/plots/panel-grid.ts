/** The arrangement of panels: how many stand side by side, and how much room their texts need. */
import { NARROWEST, escapeText } from "./figure";
import { wrapText } from "./text-width";

/** Lengths in pixels of the screen. */
export const EDGE = 12;
export const TITLE = { size: 11, line: 15, padding: 7 } as const;
const GAP = 12;

/** The arrangement of a figure; lengths in pixels of the screen. */
export interface Grid {
  readonly columns: number;
  readonly side: number;
  /** Width of a title in the narrowest cell in which a figure is readable. */
  readonly titleWidth: number;
  /** Height of the highest title. */
  readonly titleHeight: number;
  /** Of all panels with their titles, without margins. */
  readonly width: number;
  readonly height: number;
}

/** The place of a panel, as parts of the figure without its margins; y points upwards. */
export interface Place {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Arranges as many panels as there are titles. `columns` and `side` are the wanted ones. */
export function panelGrid(
  titles: readonly string[],
  { columns: wanted, side }: { readonly columns: number; readonly side: number },
): Grid {
  const columns = Math.min(wanted, titles.length);
  const rows = Math.ceil(titles.length / columns);
  const width = columns * side + (columns - 1) * GAP;
  // Where the cell is narrower than the figure, the renderer makes the panels narrower.
  const titleWidth = (side / width) * Math.min(width, NARROWEST - 2 * EDGE);
  const lines = titles.map((title) => titleLines(title, titleWidth).length);
  const titleHeight = TITLE.padding + TITLE.line * Math.max(...lines);
  const height = rows * (side + titleHeight) + (rows - 1) * GAP;
  return { columns, side, titleWidth, titleHeight, width, height };
}

/** The title of a panel, escaped and broken into lines; `\n` begins a new line too. */
export function titleLines(title: string, width: number): string[] {
  return wrapText(escapeText(title).replace(/\n/g, "<br>"), width, TITLE.size);
}

/** Where the i-th panel is. */
export function placeOf(i: number, { columns, side, titleHeight, width, height }: Grid): Place {
  const left = ((i % columns) * (side + GAP)) / width;
  const row = Math.floor(i / columns);
  const top = 1 - (row * (side + titleHeight + GAP) + titleHeight) / height;
  return {
    x: [left, Math.min(1, left + side / width)],
    y: [Math.max(0, top - side / height), top],
  };
}
