/**
 * Pictures with boxes, side by side: what every figure that shows images is made of. Axes are the
 * image's pixels, y downwards.
 */
import type { Box } from "../types";
import { escapeText, Figure, figure, Layout, round, Trace } from "./figure";
import type { Picture } from "./picture";

/** Boxes of one kind, drawn and named in the legend alike. */
export interface BoxGroup {
  readonly name: string;
  readonly color: string;
  /** Boxes before refinement are dotted, boxes after it solid. */
  readonly dash: "solid" | "dash" | "dot";
  readonly width?: number;
  readonly boxes: readonly ShownBox[];
}

export interface ShownBox {
  readonly box: Box;
  /** Lines of the hover text. */
  readonly hover: readonly string[];
  /** Short text at the box's upper left corner. */
  readonly label?: string;
}

export interface Panel {
  /** Null leaves the background empty. */
  readonly picture: Picture | null;
  /** Pixels shown: the picture's size unless given. */
  readonly view?: Box;
  readonly title: string;
  readonly groups: readonly BoxGroup[];
  /** More traces over the picture, such as a heat map. */
  readonly overlays?: readonly Trace[];
}

export interface PanelOptions {
  readonly title: string;
  readonly columns?: number;
  /** Screen pixels of a panel's side. */
  readonly side?: number;
  /** More of the layout. */
  readonly layout?: Layout;
}

const DEFAULT_COLUMNS = 4;
const GAP = 12;
const PANEL_TITLE = 22;
const TOP = 40;
const LEGEND = 40;
const EDGE = 12;
const LABEL_SIZE = 10;
const HOVER_DISTANCE = 40;

/** Draws panels row by row, each with equal scales on both axes. Throws without panels. */
export function panelFigure(panels: readonly Panel[], options: PanelOptions): Figure {
  if (!panels.length) throw new Error(`'${options.title}' has no image to show`);
  const columns = Math.min(options.columns ?? DEFAULT_COLUMNS, panels.length);
  const side = options.side ?? 220;
  const rows = Math.ceil(panels.length / columns);
  const innerWidth = columns * side + (columns - 1) * GAP;
  const innerHeight = rows * (side + PANEL_TITLE) + (rows - 1) * GAP;
  const named = new Set<string>();
  const data: Trace[] = [];
  const axes: Record<string, unknown> = {};
  const images: unknown[] = [];
  const annotations: unknown[] = [];
  panels.forEach((panel, i) => {
    const id = i === 0 ? "" : String(i + 1);
    const left = ((i % columns) * (side + GAP)) / innerWidth;
    const top =
      1 - (Math.floor(i / columns) * (side + PANEL_TITLE + GAP) + PANEL_TITLE) / innerHeight;
    const [x1, y1, x2, y2] = panel.view ?? [
      0,
      0,
      panel.picture?.width ?? 1,
      panel.picture?.height ?? 1,
    ];
    // The taller side fills the panel, so that a picture that is not square keeps its shape without
    // help from the renderer.
    const longer = Math.max(x2 - x1, y2 - y1);
    const [padX, padY] = [(longer - (x2 - x1)) / 2, (longer - (y2 - y1)) / 2];
    const hidden = {
      showgrid: false,
      zeroline: false,
      showline: false,
      ticks: "",
      showticklabels: false,
    };
    axes[`xaxis${id}`] = {
      ...hidden,
      domain: [round(left, 5), round(Math.min(1, left + side / innerWidth), 5)],
      range: [round(x1 - padX, 2), round(x2 + padX, 2)],
      anchor: `y${id}`,
    };
    axes[`yaxis${id}`] = {
      ...hidden,
      domain: [round(Math.max(0, top - side / innerHeight), 5), round(top, 5)],
      range: [round(y2 + padY, 2), round(y1 - padY, 2)],
      anchor: `x${id}`,
      scaleanchor: `x${id}`,
    };
    if (panel.picture) {
      const { source, width, height, left: x = 0, top: y = 0 } = panel.picture;
      images.push({
        source,
        xref: `x${id}`,
        yref: `y${id}`,
        x,
        y,
        sizex: width,
        sizey: height,
        sizing: "stretch",
        layer: "below",
      });
    }
    annotations.push({
      text: escapeText(panel.title),
      xref: `x${id} domain`,
      yref: `y${id} domain`,
      x: 0,
      y: 1,
      xanchor: "left",
      yanchor: "bottom",
      showarrow: false,
      font: { size: 11 },
    });
    for (const overlay of panel.overlays ?? [])
      data.push({ ...overlay, xaxis: `x${id}`, yaxis: `y${id}` });
    for (const group of panel.groups) {
      if (!group.boxes.length) continue;
      data.push(lineTrace(group, id, !named.has(group.name)), hoverTrace(group, id));
      named.add(group.name);
      const labels = labelTrace(group, id);
      if (labels) data.push(labels);
    }
  });
  const legend = named.size ? LEGEND : 0;
  return figure(data, options.title, {
    ...axes,
    images,
    annotations,
    width: innerWidth + 2 * EDGE,
    height: innerHeight + TOP + EDGE + legend,
    margin: { l: EDGE, r: EDGE, t: TOP, b: EDGE + legend },
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: -0.02,
      yanchor: "top",
    },
    hoverdistance: HOVER_DISTANCE,
    dragmode: "zoom",
    ...options.layout,
  });
}

/** All boxes of a group as one line with gaps. */
function lineTrace(group: BoxGroup, id: string, showlegend: boolean): Trace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  for (const { box } of group.boxes) {
    const [x1, y1, x2, y2] = box.map((edge) => round(edge, 1));
    x.push(x1, x2, x2, x1, x1, null);
    y.push(y1, y1, y2, y2, y1, null);
  }
  return {
    type: "scatter",
    mode: "lines",
    x,
    y,
    hoverinfo: "skip",
    name: escapeText(group.name),
    legendgroup: group.name,
    showlegend,
    line: { color: group.color, dash: group.dash, width: group.width ?? 2 },
    xaxis: `x${id}`,
    yaxis: `y${id}`,
  };
}

/**
 * Lone points of a line, and so unseen, in the middle and at the upper left corner of each box:
 * there the pointer finds its text.
 */
function hoverTrace(group: BoxGroup, id: string): Trace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const text: (string | null)[] = [];
  for (const { box, hover } of group.boxes) {
    const said = hover.map(escapeText).join("<br>");
    x.push(round((box[0] + box[2]) / 2, 1), null, round(box[0], 1), null);
    y.push(round((box[1] + box[3]) / 2, 1), null, round(box[1], 1), null);
    text.push(said, null, said, null);
  }
  return {
    type: "scatter",
    mode: "lines",
    line: { color: group.color },
    x,
    y,
    text,
    hoverinfo: "text",
    legendgroup: group.name,
    showlegend: false,
    xaxis: `x${id}`,
    yaxis: `y${id}`,
  };
}

function labelTrace(group: BoxGroup, id: string): Trace | null {
  const labelled = group.boxes.filter(({ label }) => label !== undefined);
  if (!labelled.length) return null;
  return {
    type: "scatter",
    mode: "text",
    x: labelled.map(({ box }) => round(box[0], 1)),
    y: labelled.map(({ box }) => round(box[1], 1)),
    text: labelled.map(({ label }) => escapeText(label as string)),
    textposition: "top right",
    textfont: { color: group.color, size: LABEL_SIZE },
    hoverinfo: "skip",
    showlegend: false,
    legendgroup: group.name,
    xaxis: `x${id}`,
    yaxis: `y${id}`,
  };
}
