/** The traces that draw a group of boxes: lines, points for hover texts, and labels. */
import type { BoxGroup } from "./box-groups";
import { escapeText, round, type Trace } from "./figure";

const DEFAULT_WIDTH = 2;
const LABEL_SIZE = 10;

/** The axes of a panel: `{ xaxis: "x2", yaxis: "y2" }`. */
export interface PanelAxes {
  readonly xaxis: string;
  readonly yaxis: string;
}

/**
 * The traces of a group. A group without boxes has none.
 * @param inLegend whether the group has an entry in the legend here; one panel of a figure has it
 */
export function boxTraces(group: BoxGroup, axes: PanelAxes, inLegend: boolean): Trace[] {
  if (!group.boxes.length) return [];
  return [lineTrace(group, inLegend), hoverTrace(group), ...labelTraces(group)].map((trace) => ({
    ...trace,
    legendgroup: group.name,
    ...axes,
  }));
}

/** All boxes of a group as one line with gaps. */
function lineTrace(group: BoxGroup, showlegend: boolean): Trace {
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
    showlegend,
    line: { color: group.color, dash: group.dash, width: group.width ?? DEFAULT_WIDTH },
  };
}

/**
 * Two points for each box, in its middle and at its upper left corner, where the pointer finds the
 * hover text. The points are single points of a line with gaps and therefore not visible.
 */
function hoverTrace(group: BoxGroup): Trace {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const text: (string | null)[] = [];
  for (const { box, hover } of group.boxes) {
    const lines = hover.map(escapeText).join("<br>");
    x.push(round((box[0] + box[2]) / 2, 1), null, round(box[0], 1), null);
    y.push(round((box[1] + box[3]) / 2, 1), null, round(box[1], 1), null);
    text.push(lines, null, lines, null);
  }
  return {
    type: "scatter",
    mode: "lines",
    line: { color: group.color },
    x,
    y,
    text,
    hoverinfo: "text",
    showlegend: false,
  };
}

function labelTraces(group: BoxGroup): Trace[] {
  const labeled = group.boxes.filter(({ label }) => label !== undefined);
  if (!labeled.length) return [];
  return [
    {
      type: "scatter",
      mode: "text",
      x: labeled.map(({ box }) => round(box[0], 1)),
      y: labeled.map(({ box }) => round(box[1], 1)),
      text: labeled.map(({ label }) => escapeText(label as string)),
      textposition: "top right",
      textfont: { color: group.color, size: LABEL_SIZE },
      hoverinfo: "skip",
      showlegend: false,
    },
  ];
}
