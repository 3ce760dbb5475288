/** Anchors: their shapes, where they lie, which boxes they meet. */
import type { Shape } from "../boxes/anchors";
import { boxAt, boxCount } from "../boxes/box";
import { BACKGROUND, IGNORED, Matches } from "../boxes/matcher";
import type { RecallByIou } from "../metrics/proposal-recall";
import type { BoxArray, Sample } from "../types";
import { boxGroup, fileName, spread, groundTruthGroup } from "./box-groups";
import { axis, COLORS, escapeText, Figure, figure, round, TEXT_COLOR } from "./figure";
import { BoxGroup, panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";

/** Background anchors drawn; all would be a grey carpet. */
const SHOWN_BACKGROUND = 60;
const SYMBOLS = ["diamond", "x", "star"];

/**
 * The shapes of an anchor set over the sizes of the truth boxes, in pixels of the network's input.
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
      name: "truth boxes",
      marker: { size: 6, color: TEXT_COLOR, opacity: 0.5 },
      hovertemplate: "%{x} × %{y} pixels<extra>truth box</extra>",
      ...points(boxes),
    },
    ...Object.entries(sets).map(([name, shapes], i) => ({
      type: "scatter",
      mode: "markers",
      name,
      marker: { size: 11, symbol: SYMBOLS[i % SYMBOLS.length] },
      hovertemplate: "%{x} × %{y} pixels<extra>%{fullData.name}</extra>",
      ...points(shapes),
    })),
  ];
  return figure(traces, "Anchor shapes over box sizes", {
    xaxis: axis("width (pixels of the input)", { constrain: "domain" }),
    yaxis: axis("height (pixels of the input)", { scaleanchor: "x" }),
    height: 460,
  });
}

/** All shapes of one cell on an image, with the image's truth. */
export async function anchorsOnImage(
  sample: Sample,
  anchors: BoxArray,
  cell: number,
  perCell: number,
): Promise<Figure> {
  const own = Array.from({ length: perCell }, (_, shape) => boxAt(anchors, cell * perCell + shape));
  const groups: BoxGroup[] = [
    groundTruthGroup(sample.boxes),
    boxGroup("anchors of one cell", { color: COLORS.orange, dash: "dot" }, own),
  ];
  return onSample(sample, groups, "The anchors of one cell");
}

/** Which anchors of an image are positive, ignored and background (a few of these). */
export async function matchedAnchors(
  sample: Sample,
  anchors: BoxArray,
  { assignment, iou }: Matches,
): Promise<Figure> {
  const which = (accept: (match: number) => boolean) =>
    Array.from({ length: boxCount(anchors) }, (_, i) => i).filter((i) => accept(assignment[i]));
  const some = (
    name: string,
    style: Pick<BoxGroup, "color" | "width">,
    indices: readonly number[],
  ) =>
    boxGroup(
      name,
      { dash: "dot", ...style },
      indices.map((i) => boxAt(anchors, i)),
      (i) => [`IoU ${round(iou[indices[i]])}`],
    );
  const background = which((match) => match === BACKGROUND);
  const shown = spread(background, SHOWN_BACKGROUND);
  const ignored = which((match) => match === IGNORED);
  const positive = which((match) => match >= 0);
  const groups: BoxGroup[] = [
    some(
      `background (${shown.length} of ${background.length})`,
      { color: COLORS.sky, width: 0.7 },
      shown,
    ),
    some(`ignored (${ignored.length})`, { color: COLORS.pink, width: 0.7 }, ignored),
    groundTruthGroup(sample.boxes),
    some(`positive (${positive.length})`, { color: COLORS.orange, width: 2 }, positive),
  ];
  return onSample(sample, groups, "What each anchor is to learn");
}

/**
 * The part of the truth boxes for which some candidate reaches each IoU, for several candidate
 * sets.
 */
export function recallAgainstIou(sets: Readonly<Record<string, RecallByIou>>): Figure {
  const traces = Object.entries(sets).map(([name, { thresholds, recall, candidates }]) => ({
    type: "scatter",
    mode: "lines",
    name: escapeText(`${name} (${Math.round(candidates)} an image)`),
    x: thresholds,
    y: recall.map((value) => round(value)),
  }));
  return figure(traces, "Boxes that a candidate could lead to", {
    xaxis: axis("IoU asked of the best candidate", { range: [0, 1] }),
    yaxis: axis("recall (part of the boxes)", { range: [0, 1.02] }),
  });
}

/** How well the best candidate of each truth box fits it. */
export function bestIouHistogram(sets: Readonly<Record<string, RecallByIou>>): Figure {
  const traces = Object.entries(sets).map(([name, { bestIou }]) => ({
    type: "histogram",
    name,
    x: bestIou.map((value) => round(value)),
    xbins: { start: 0, end: 1, size: 0.05 },
  }));
  return figure(traces, "IoU of each box with its best candidate", {
    xaxis: axis("IoU", { range: [0, 1] }),
    yaxis: axis("boxes"),
    barmode: "group",
  });
}

async function onSample(
  { pixels, letterbox, record }: Sample,
  groups: BoxGroup[],
  title: string,
): Promise<Figure> {
  const picture = await pictureFromPixels({
    pixels,
    width: letterbox.size,
    height: letterbox.size,
  });
  return panelFigure(
    [{ picture, title: `${fileName(record.id)}, patient ${record.patient}`, groups }],
    {
      title,
      side: 480,
    },
  );
}
