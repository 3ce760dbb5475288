/** Legends in rows above or below the axes, with enough room for all their rows. */
import { type Layout, NARROWEST, type Trace } from "./figure";
import { textWidth } from "./text-width";

/** Lengths in pixels. */
const FONT_SIZE = 12;
const ROW = 19;
/** The line or point before a name, with its distances. */
const SYMBOL = 50;
/** Around all rows. */
const PADDING = 21;
/** The default margin left of the axes, and the one right of them. */
const LEFT = 60;
const RIGHT = 20;
/** The title above the legend. */
const TITLE = 34;

/**
 * The height of a legend in rows.
 * @param names the entries as Plotly reads them
 * @param available width in pixels
 * @returns pixels; 0 without entries
 */
export function legendHeight(names: readonly string[], available: number): number {
  if (!names.length) return 0;
  const widths = names.map((name) => SYMBOL + textWidth(name, FONT_SIZE));
  const total = widths.reduce((sum, width) => sum + width, 0);
  // Where the entries do not fit into one row, Plotly gives all of them the width of the widest.
  const perRow = Math.max(1, Math.floor(available / Math.max(...widths)));
  const rows = total <= available ? 1 : Math.ceil(names.length / perRow);
  return PADDING + ROW * rows;
}

/**
 * A part of a layout: a legend between title and axes, and a margin with room for it.
 * @param traces of the figure; a trace with `showlegend: false` has no entry
 * @param width of the figure in pixels
 * @param left what tick labels take on the left, in pixels
 */
export function legendAbove(traces: readonly Trace[], width: number, left = LEFT): Layout {
  // Plotly gives no entry to a trace without points.
  const entries = traces.filter(
    ({ showlegend, x }) => showlegend !== false && (x as readonly unknown[]).length,
  );
  const names = entries.map(({ name }) => String(name));
  const available = Math.min(width, NARROWEST) - left - RIGHT;
  return {
    showlegend: true,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", tracegroupgap: 0 },
    margin: { t: TITLE + legendHeight(names, available) },
  };
}
