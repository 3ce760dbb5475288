/** Figures of anchors: their shapes, their places, and the boxes they overlap. */
import type { Shape } from "../boxes/anchors";
import { boxAt, boxCount } from "../boxes/box";
import { BACKGROUND, IGNORED, type Matches } from "../boxes/matcher";
import type { RecallByIou } from "../metrics/proposal-recall";
import type { NetworkBox, NetworkBoxes, Sample } from "../types";
import { type BoxGroup, boxGroup, type BoxStyle, groundTruthGroup } from "./box-groups";
import { axis, COLORS, escapeText, type Figure, figure, round, TEXT_COLOR } from "./figure";
import { imageLines } from "./hover-text";
import { panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";
import { spread } from "../util/spread";

/** Background anchors in the figure; all of them would cover the image. */
const MAX_BACKGROUND = 60;
/** Pixels: axes of shapes span at least this much, also where all shapes are nearly equal. */
const LEAST_SPAN = 20;
const SYMBOLS = ["diamond", "x", "star"];
const SIDE = 480;

/**
 * Widths and heights of ground-truth boxes and of the shapes of anchor sets.
 * @param boxes in pixels of the network's input
 * @param sets shapes by the name of their set
 * @example
 * await show(figures.anchorShapes(sizes, { preset: anchorShapes(config.anchors) }));
 */
export function anchorShapes(
  boxes: readonly Shape[],
  sets: Readonly<Record<string, readonly Shape[]>>,
): Figure {
  const points = (shapes: readonly Shape[]) => ({
    x: shapes.map(({ width }) => round(width, 1)),
    y: shapes.map(({ height }) => round(height, 1)),
  });
  const traces = [
    {
      type: "scatter",
      mode: "markers",
      name: "ground truth",
      marker: { size: 6, color: TEXT_COLOR, opacity: 0.5 },
      hovertemplate: "%{x} × %{y} pixels<extra>ground truth</extra>",
      ...points(boxes),
    },
    ...Object.entries(sets).map(([name, shapes], i) => ({
      type: "scatter",
      mode: "markers",
      name: escapeText(name),
      marker: { size: 11, symbol: SYMBOLS[i % SYMBOLS.length] },
      hovertemplate: "%{x} × %{y} pixels<extra>%{fullData.name}</extra>",
      ...points(shapes),
    })),
  ];
  const all = [boxes, ...Object.values(sets)].flat();
  const widths = leastRange(all.map(({ width }) => width));
  const heights = leastRange(all.map(({ height }) => height));
  return figure(traces, "Anchor shapes and box sizes", {
    xaxis: axis("width (pixels of the network's input)", { constrain: "domain", ...widths }),
    yaxis: axis("height (pixels of the network's input)", { scaleanchor: "x", ...heights }),
    height: 460,
  });
}

/** A range of `LEAST_SPAN` around values that span less; Plotly chooses that of others. */
function leastRange(values: readonly number[]): { readonly range?: readonly [number, number] } {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const margin = (LEAST_SPAN - (high - low)) / 2;
  return values.length && margin > 0 ? { range: [low - margin, high + margin] } : {};
}

/** The anchors of one cell. */
export interface CellAnchors {
  /** `[A, 4]`: the anchors of all cells, cell by cell. */
  readonly anchors: NetworkBoxes;
  /** Index of the cell, row by row. */
  readonly cell: number;
  /** How many anchors a cell has. */
  readonly perCell: number;
}

/**
 * All anchors of one cell on an image, with the ground truth.
 * @example
 * const perCell = anchorsPerCell(config.anchors);
 * await show(await figures.anchorsOnImage(sample, { anchors, cell: 820, perCell }));
 */
export async function anchorsOnImage(
  sample: Sample,
  { anchors, cell, perCell }: CellAnchors,
): Promise<Figure> {
  const boxes = Array.from({ length: perCell }, (_, i): NetworkBox =>
    boxAt(anchors, cell * perCell + i),
  );
  const groups = [
    groundTruthGroup(sample.boxes),
    boxGroup({ name: "anchors of one cell", color: COLORS.orange, dash: "dot" }, boxes),
  ];
  return samplePanel(sample, groups, "The anchors of one cell");
}

/**
 * The positive and the ignored anchors of an image, and some of the background anchors.
 * @param anchors `[A, 4]`
 * @param matches of the anchors with the boxes of the sample
 * @example
 * const matches = anchorMatcher(config.rpn).match(anchors, flattenBoxes(sample.boxes));
 * await show(await figures.matchedAnchors(sample, anchors, matches));
 */
export async function matchedAnchors(
  sample: Sample,
  anchors: NetworkBoxes,
  matches: Matches,
): Promise<Figure> {
  const { assignment, iou } = matches;
  const indicesOf = (accept: (match: number) => boolean) =>
    Array.from({ length: boxCount(anchors) }, (_, i) => i).filter((i) => accept(assignment[i]));
  const group = (name: string, style: Omit<BoxStyle, "dash">, indices: readonly number[]) =>
    boxGroup(
      { name, dash: "dot", ...style },
      indices.map((i): NetworkBox => boxAt(anchors, i)),
      (i) => [`IoU ${round(iou[indices[i]])}`],
    );
  const background = indicesOf((match) => match === BACKGROUND);
  const drawn = spread(background, MAX_BACKGROUND);
  const ignored = indicesOf((match) => match === IGNORED);
  const positive = indicesOf((match) => match >= 0);
  const groups = [
    group(
      `background (${drawn.length} of ${background.length})`,
      { color: COLORS.sky, width: 0.7 },
      drawn,
    ),
    group(`ignored (${ignored.length})`, { color: COLORS.pink, width: 0.7 }, ignored),
    groundTruthGroup(sample.boxes),
    group(`positive (${positive.length})`, { color: COLORS.orange, width: 2 }, positive),
  ];
  return samplePanel(sample, groups, "Targets of the anchors");
}

/**
 * The share of the ground-truth boxes that a candidate overlaps by each IoU or more.
 * @param sets results by the name of their candidates
 * @example
 * await show(figures.recallAgainstIou({ anchors: recallByIou(boxes, [anchors]) }));
 */
export function recallAgainstIou(sets: Readonly<Record<string, RecallByIou>>): Figure {
  const traces = Object.entries(sets).map(([name, { thresholds, recall, candidates }]) => ({
    type: "scatter",
    mode: "lines",
    name: escapeText(`${name} (${Math.round(candidates)} per image)`),
    x: thresholds,
    y: recall.map((value) => round(value)),
  }));
  return figure(traces, "Recall of the best candidate of each box", {
    xaxis: axis("smallest IoU of the best candidate", { range: [0, 1] }),
    yaxis: axis("recall (share of the boxes)", { range: [0, 1.02] }),
  });
}

/**
 * How well the best candidate of each ground-truth box fits it.
 * @param sets results by the name of their candidates
 * @example
 * await show(figures.bestIouHistogram({ anchors: recallByIou(boxes, [anchors]) }));
 */
export function bestIouHistogram(sets: Readonly<Record<string, RecallByIou>>): Figure {
  const traces = Object.entries(sets).map(([name, { bestIou }]) => ({
    type: "histogram",
    name: escapeText(name),
    x: bestIou.map((value) => round(value)),
    xbins: { start: 0, end: 1, size: 0.05 },
  }));
  return figure(traces, "IoU of each box with its best candidate", {
    xaxis: axis("IoU", { range: [0, 1] }),
    yaxis: axis("boxes"),
    barmode: "group",
  });
}

async function samplePanel(
  { pixels, letterbox, record }: Sample,
  groups: readonly BoxGroup<NetworkBox>[],
  title: string,
): Promise<Figure> {
  const { size } = letterbox;
  const picture = await pictureFromPixels({ pixels, width: size, height: size });
  return panelFigure([{ picture, title: imageLines(record).join(", "), groups }], {
    title,
    side: SIDE,
  });
}
