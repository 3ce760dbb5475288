/**
 * A figure: plain Plotly JSON in one template, which is readable on JupyterLab's light and dark
 * themes and for color-blind readers.
 */
import { wrapText } from "./text-width";

/** A trace as Plotly's reference describes it; plain JSON. */
export type Trace = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The layout of a figure as Plotly's reference describes it; plain JSON. */
export type Layout = Readonly<Record<string, unknown>>;

/** Plain JSON for plotly.js, without typed arrays and functions. */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
}

/** The space between the border of a figure and its axes, in pixels. */
interface Margin {
  readonly l: number;
  readonly r: number;
  readonly t: number;
  readonly b: number;
}

/** Okabe and Ito's colors (2008), which color-blind readers can tell apart. */
export const COLORS = {
  blue: "#0072B2",
  orange: "#E69F00",
  green: "#009E73",
  pink: "#CC79A7",
  sky: "#56B4E9",
  vermilion: "#D55E00",
  yellow: "#F0E442",
} as const;

/** Colors of lines, bars and points, in the order of use. All are visible on white and on black. */
export const SERIES: readonly string[] = [
  COLORS.blue,
  COLORS.orange,
  COLORS.green,
  COLORS.pink,
  COLORS.sky,
  COLORS.vermilion,
];

/**
 * Colors of classes on images. They are brighter than `SERIES`: blue is not visible on a dark
 * slice.
 */
export const CLASS_COLORS: readonly string[] = [
  COLORS.sky,
  COLORS.orange,
  COLORS.pink,
  COLORS.yellow,
  COLORS.vermilion,
  COLORS.green,
];

/**
 * The color scale of a heat map over an image, from transparent (0) to almost opaque dark orange
 * (1).
 */
export const HEAT = [
  [0, "rgba(230, 159, 0, 0)"],
  [0.5, "rgba(230, 159, 0, 0.45)"],
  [1, "rgba(213, 94, 0, 0.85)"],
];

/** A grey that is readable on white and on black, for renderers that have no theme. */
export const TEXT_COLOR = "#808080";
const GRID_COLOR = "rgba(128, 128, 128, 0.25)";
const LINE_COLOR = "rgba(128, 128, 128, 0.7)";
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** The narrowest cell or window, in pixels, in which the words of a figure fit on their lines. */
export const NARROWEST = 700;

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN: Margin = { l: 60, r: 20, t: 56, b: 50 };

const TITLE_SIZE = 15;
/** Distance between two lines of the title, in pixels. */
const TITLE_LINE = 20;
/** From the upper border to the foot of the first line, in pixels. */
const TITLE_FOOT = 23;
/** Distance of the title from the left and the right border, in pixels. */
const TITLE_PADDING = 12;
/** Width of Plotly's toolbar in the upper right corner, in pixels. */
const TOOLBAR = 120;
/** What a page has left and right of a figure, in pixels. */
const PAGE_BORDERS = 40;

const AXIS = {
  gridcolor: GRID_COLOR,
  zerolinecolor: GRID_COLOR,
  linecolor: LINE_COLOR,
  showline: true,
  ticks: "outside",
  ticklen: 4,
  tickcolor: LINE_COLOR,
  automargin: true,
  title: { standoff: 10 },
};

/** Colors, fonts and axes of every figure. */
const TEMPLATE = {
  layout: {
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    font: { family: FONT, size: 12, color: TEXT_COLOR },
    title: {
      font: { size: TITLE_SIZE },
      x: 0,
      xref: "container",
      xanchor: "left",
      yref: "container",
      yanchor: "bottom",
      pad: { l: TITLE_PADDING },
    },
    colorway: SERIES,
    xaxis: AXIS,
    yaxis: AXIS,
    hovermode: "closest",
    hoverlabel: { align: "left", font: { family: FONT, size: 12 } },
    legend: { bgcolor: "rgba(0, 0, 0, 0)" },
    bargap: 0.15,
    margin: MARGIN,
  },
};

/**
 * A figure in the template of this project.
 * @param data the traces
 * @param title broken into lines where it would reach the toolbar; the figure grows by these lines
 * @param layout adds to the layout or replaces parts of it; sizes in pixels
 * @example
 * const line = { type: "scatter", x: [1, 2, 3], y: [2, 1, 3] };
 * figure([line], "A line", { xaxis: axis("step"), yaxis: axis("loss") });
 */
export function figure(data: readonly Trace[], title: string, layout: Layout = {}): Figure {
  const sized = { template: TEMPLATE, width: WIDTH, height: HEIGHT, ...layout };
  return { data, layout: withTitle(sized, title) };
}

/** The layout with a title on top, and higher by all lines of the title but the first. */
export function withTitle(layout: Layout, title: string): Layout {
  const { width, height } = layout as { readonly width: number; readonly height: number };
  const margin: Margin = { ...MARGIN, ...(layout.margin as Partial<Margin>) };
  const available = Math.min(width, NARROWEST - PAGE_BORDERS) - TITLE_PADDING - TOOLBAR;
  const lines = wrapText(title, available, TITLE_SIZE);
  const growth = TITLE_LINE * (lines.length - 1);
  const grown = height + growth;
  return {
    ...layout,
    title: { text: lines.join("<br>"), y: 1 - TITLE_FOOT / grown },
    height: grown,
    margin: { ...margin, t: margin.t + growth },
  };
}

/**
 * An axis with its title.
 * @param more other properties of the axis, such as its range
 * @example
 * axis("recall", { range: [0, 1] });
 */
export function axis(title: string, more: Layout = {}): Layout {
  return { title: { text: title }, ...more };
}

/** A number with fewer decimals, which keeps the JSON of a figure small. */
export function round(value: number, decimals = 3): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

/** As `round`. Null, which Plotly draws as a gap, stays null. */
export function roundOrNull(value: number | null, decimals = 3): number | null {
  return value === null ? null : round(value, decimals);
}

/** Text from files, escaped for hover texts and titles, where Plotly reads some HTML tags. */
export function escapeText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** The line from (0, 0) to (1, 1), which the curves of a figure are compared with. */
export function diagonal(name: string): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    line: { dash: "dot", color: TEXT_COLOR, width: 1 },
    x: [0, 1],
    y: [0, 1],
    hoverinfo: "skip",
  };
}

/**
 * A heat map of the cells of a feature map, without its colors.
 * @param z the values, row by row
 * @param stride side of a cell in the units of the axes
 */
export function cellHeatmap(z: readonly (readonly number[])[], stride: number): Trace {
  const position = { x0: stride / 2, dx: stride, y0: stride / 2, dy: stride };
  return { type: "heatmap", ...position, z, showscale: false };
}
