/**
 * What every plot is: plain Plotly JSON, with one template that reads well in JupyterLab's light
 * and dark themes and for color-blind readers.
 */

/** A trace as Plotly's reference describes it; plain JSON. */
export type Trace = { readonly type: string } & Readonly<Record<string, unknown>>;

export type Layout = Readonly<Record<string, unknown>>;

/** Plain JSON, ready for plotly.js: no typed arrays, no functions. */
export interface Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
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

/**
 * Lines, bars and points, in the order they are given out; all stand out from white and from
 * black.
 */
export const SERIES: readonly string[] = [
  COLORS.blue,
  COLORS.orange,
  COLORS.green,
  COLORS.pink,
  COLORS.sky,
  COLORS.vermilion,
];

/** Classes on images: the same order, brighter where blue would drown in a dark slice. */
export const CLASS_COLORS: readonly string[] = [
  COLORS.sky,
  COLORS.orange,
  COLORS.pink,
  COLORS.yellow,
  COLORS.vermilion,
  COLORS.green,
];

/**
 * Heat over an image: from nothing to opaque, so that the image shows where nothing is suspected.
 */
export const HEAT = [
  [0, "rgba(230, 159, 0, 0)"],
  [0.5, "rgba(230, 159, 0, 0.45)"],
  [1, "rgba(213, 94, 0, 0.85)"],
];

/**
 * A grey that can be read on white and on black: text where the renderer does not know its theme.
 */
export const TEXT_COLOR = "#808080";
const GRID_COLOR = "rgba(128, 128, 128, 0.25)";
const LINE_COLOR = "rgba(128, 128, 128, 0.7)";
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

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
      font: { size: 15 },
      x: 0,
      xref: "paper",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { t: 12 },
    },
    colorway: SERIES,
    xaxis: AXIS,
    yaxis: AXIS,
    hovermode: "closest",
    hoverlabel: { align: "left", font: { family: FONT, size: 12 } },
    legend: { bgcolor: "rgba(0, 0, 0, 0)" },
    bargap: 0.15,
    margin: { l: 60, r: 20, t: 56, b: 50 },
  },
};

const HEIGHT = 360;
const WIDTH = 720;

/** A figure in this project's template; `layout` adds to it or replaces what it sets. */
export function figure(data: readonly Trace[], title: string, layout: Layout = {}): Figure {
  return {
    data,
    layout: {
      template: TEMPLATE,
      title: { text: title },
      width: WIDTH,
      height: HEIGHT,
      ...layout,
    },
  };
}

/** An axis with its title: `axis("recall", { range: [0, 1] })`. */
export function axis(title: string, more: Layout = {}): Layout {
  return { title: { text: title }, ...more };
}

/** Rounded, so that a figure's JSON stays small: `decimals` is how many places stay. */
export function round(value: number, decimals = 3): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

/** Text from files in hover texts and titles, where Plotly reads a few HTML tags. */
export function escapeText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
