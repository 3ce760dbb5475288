/**
 * Pictures with boxes, side by side. Every figure with images is made of such panels. Axes are the
 * pixels of the image; y points downwards.
 */
import type { Box } from "../types";
import type { BoxGroup } from "./box-groups";
import { boxTraces, type PanelAxes } from "./box-traces";
import {
  escapeText,
  type Figure,
  figure,
  type Layout,
  NARROWEST,
  round,
  type Trace,
} from "./figure";
import { legendHeight } from "./legend";
import { EDGE, type Grid, panelGrid, placeOf, TITLE, titleLines } from "./panel-grid";
import type { Picture } from "./picture";

/** One picture with its boxes. All boxes are in the frame of the picture. */
export interface Panel<B extends Box = Box> {
  /** With null the background stays empty. */
  readonly picture: Picture | null;
  /** A transparent picture over the first one and over the boxes: the source of its file. */
  readonly cover?: string;
  /** The part that is visible, in the frame of the picture; the whole picture by default. */
  readonly view?: B;
  /** `\n` begins a new line. Lines that are too long are broken. */
  readonly title: string;
  /** From the lowest to the highest. */
  readonly groups: readonly BoxGroup<B>[];
  /** Other traces over the picture, such as a heat map. */
  readonly overlays?: readonly Trace[];
}

/** How panels are arranged. */
export interface PanelOptions {
  readonly title: string;
  /** 4 by default. */
  readonly columns?: number;
  /** Side of a panel in pixels of the screen; 220 by default. */
  readonly side?: number;
  /** A line of small text below the panels. */
  readonly note?: string;
}

const DEFAULT_COLUMNS = 4;
const DEFAULT_SIDE = 220;
/** Lengths in pixels of the screen. */
const TOP = 40;
const NOTE = { size: 10, height: 18 } as const;
const HOVER_DISTANCE = 40;
/** Plotly takes places as parts of the figure; the rest after so many decimals is below a pixel. */
const PLACE_DECIMALS = 5;

const HIDDEN_AXIS = {
  showgrid: false,
  zeroline: false,
  showline: false,
  ticks: "",
  showticklabels: false,
  // Where the cell is narrower than the figure, the picture stays below its title.
  constrain: "domain",
};

/**
 * Draws panels row by row, each with the same scale on both axes.
 * @throws when there are no panels
 */
export function panelFigure(panels: readonly Panel[], options: PanelOptions): Figure {
  return panelFigures([panels], options)[0];
}

/**
 * Several figures with the same arrangement, as the steps of a slider need them.
 * @param steps the panels of each figure, the same number in all
 * @throws when there are no panels
 */
export function panelFigures(
  steps: readonly (readonly Panel[])[],
  options: PanelOptions,
): Figure[] {
  const { title, columns = DEFAULT_COLUMNS, side = DEFAULT_SIDE, note } = options;
  if (!steps.length || steps.some((panels) => !panels.length))
    throw new Error(`'${title}' has no image to show`);
  const grids = steps.map((panels) =>
    panelGrid(
      panels.map((panel) => panel.title),
      { columns, side },
    ),
  );
  const grid = grids.reduce((a, b) => (b.titleHeight > a.titleHeight ? b : a));
  const groups = steps.flatMap((panels) => panels.flatMap((panel) => panel.groups));
  const names = groups.filter(({ boxes }) => boxes.length).map(({ name }) => escapeText(name));
  const noteHeight = note ? NOTE.height : 0;
  const available = Math.min(grid.width, NARROWEST - 2 * EDGE);
  const below = noteHeight + legendHeight([...new Set(names)], available);
  return steps.map((panels) => {
    const { data, axes, images, annotations } = content(panels, grid);
    return figure(data, title, {
      ...axes,
      images,
      annotations: note ? [...annotations, noteOf(note)] : annotations,
      width: grid.width + 2 * EDGE,
      height: grid.height + TOP + EDGE + below,
      margin: { l: EDGE, r: EDGE, t: TOP, b: EDGE + below },
      legend: {
        orientation: "h",
        x: 0,
        xanchor: "left",
        y: round(-(TITLE.padding + noteHeight) / grid.height, PLACE_DECIMALS),
        yanchor: "top",
      },
      hoverdistance: HOVER_DISTANCE,
      dragmode: "zoom",
    });
  });
}

/** The traces and the parts of the layout that belong to the panels. */
function content(panels: readonly Panel[], grid: Grid) {
  const names = new Set<string>();
  const data: Trace[] = [];
  const axes: Record<string, Layout> = {};
  const images: Layout[] = [];
  const annotations: Layout[] = [];
  panels.forEach((panel, i) => {
    const id = i === 0 ? "" : String(i + 1);
    const panelAxes = { xaxis: `x${id}`, yaxis: `y${id}` };
    Object.assign(axes, axesOf(panel, i, grid));
    images.push(...imagesOf(panel, panelAxes));
    annotations.push(caption(titleLines(panel.title, grid.titleWidth), panelAxes));
    for (const overlay of panel.overlays ?? []) data.push({ ...overlay, ...panelAxes });
    for (const group of panel.groups) {
      data.push(...boxTraces(group, panelAxes, !names.has(group.name)));
      if (group.boxes.length) names.add(group.name);
    }
  });
  return { data, axes, images, annotations };
}

/** Both axes of the i-th panel. */
function axesOf({ view, picture }: Panel, i: number, grid: Grid): Record<string, Layout> {
  const id = i === 0 ? "" : String(i + 1);
  const place = placeOf(i, grid);
  const [x1, y1, x2, y2] = view ?? [0, 0, picture?.width ?? 1, picture?.height ?? 1];
  // The longer side fills the panel, so that a picture that is not square keeps its shape.
  const longer = Math.max(x2 - x1, y2 - y1);
  const [padX, padY] = [(longer - (x2 - x1)) / 2, (longer - (y2 - y1)) / 2];
  return {
    [`xaxis${id}`]: {
      ...HIDDEN_AXIS,
      domain: place.x.map((part) => round(part, PLACE_DECIMALS)),
      range: [round(x1 - padX, 2), round(x2 + padX, 2)],
      anchor: `y${id}`,
      constraintoward: "left",
    },
    [`yaxis${id}`]: {
      ...HIDDEN_AXIS,
      domain: place.y.map((part) => round(part, PLACE_DECIMALS)),
      range: [round(y2 + padY, 2), round(y1 - padY, 2)],
      anchor: `x${id}`,
      scaleanchor: `x${id}`,
      constraintoward: "top",
    },
  };
}

function imagesOf({ picture, cover }: Panel, { xaxis, yaxis }: PanelAxes): Layout[] {
  if (!picture) return [];
  const { source, width, height, left = 0, top = 0 } = picture;
  const image = {
    source,
    xref: xaxis,
    yref: yaxis,
    x: left,
    y: top,
    sizex: width,
    sizey: height,
    sizing: "stretch",
    layer: "below",
  };
  return cover ? [image, { ...image, source: cover, layer: "above" }] : [image];
}

/** The title of a panel, above its upper left corner. */
function caption(lines: readonly string[], { xaxis, yaxis }: PanelAxes): Layout {
  return {
    text: lines.join("<br>"),
    align: "left",
    xref: `${xaxis} domain`,
    yref: `${yaxis} domain`,
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
    showarrow: false,
    font: { size: TITLE.size },
  };
}

/** Small text below all panels. */
function noteOf(text: string): Layout {
  return {
    text: escapeText(text),
    xref: "paper",
    yref: "paper",
    x: 0,
    y: 0,
    xanchor: "left",
    yanchor: "top",
    showarrow: false,
    font: { size: NOTE.size },
  };
}
