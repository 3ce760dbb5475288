/** Anchors: their shapes, where they lie, which boxes they meet. */
import type { Shape } from "../boxes/anchors";
import { boxAt, boxCount } from "../boxes/box";
import { BACKGROUND, IGNORED, Matches } from "../boxes/match";
import type { RecallByIou } from "../evaluation/proposal-recall";
import type { Box, BoxArray, Sample } from "../types";
import { axis, COLORS, Figure, figure, round } from "./figure";
import { BoxGroup, panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";
import { sizeText } from "./dataset";

/** Background anchors drawn; all would be a grey carpet. */
const SHOWN_BACKGROUND = 60;

/** The shapes of an anchor set over the sizes of the truth boxes, in pixels of the network's input. */
export function anchorShapes(boxes: readonly Shape[], sets: Readonly<Record<string, readonly Shape[]>>): Figure {
  const points = (shapes: readonly Shape[]) => ({
    x: shapes.map(({ width }) => round(width, 1)),
    y: shapes.map(({ height }) => round(height, 1)),
  });
  const traces = [
    {
      type: "scatter",
      mode: "markers",
      name: "truth boxes",
      marker: { size: 6, color: "#999999", opacity: 0.5 },
      ...points(boxes),
    },
    ...Object.entries(sets).map(([name, shapes], i) => ({
      type: "scatter",
      mode: "markers",
      name,
      marker: { size: 11, symbol: ["diamond", "x", "star"][i % 3] },
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
    group("anchors of one cell", COLORS.orange, "dot", own),
    group("truth", COLORS.green, "solid", sample.boxes),
  ];
  return onSample(sample, groups, "The anchors of one cell");
}

/** Which anchors of an image are positive, ignored and background (a few of these). */
export async function matchedAnchors(sample: Sample, anchors: BoxArray, { assignment, iou }: Matches): Promise<Figure> {
  const which = (accept: (match: number) => boolean) =>
    Array.from({ length: boxCount(anchors) }, (_, i) => i).filter((i) => accept(assignment[i]));
  const background = which((match) => match === BACKGROUND);
  const step = Math.max(1, Math.floor(background.length / SHOWN_BACKGROUND));
  const positive = which((match) => match >= 0);
  const ignored = which((match) => match === IGNORED);
  const shown = (indices: readonly number[]) => indices.map((i) => ({ box: boxAt(anchors, i), iou: iou[i] }));
  const groups: BoxGroup[] = [
    matched(
      `background (${background.length}, every ${step}th shown)`,
      COLORS.sky,
      0.5,
      shown(background.filter((_, i) => i % step === 0)),
    ),
    matched(`ignored (${ignored.length})`, COLORS.orange, 1, shown(ignored)),
    matched(`positive (${positive.length})`, COLORS.vermilion, 2, shown(positive)),
    group("truth", COLORS.green, "solid", sample.boxes),
  ];
  return onSample(sample, groups, "What each anchor is to learn");
}

/** The part of the truth boxes for which some candidate reaches each IoU, for several candidate sets. */
export function recallAgainstIou(sets: Readonly<Record<string, RecallByIou>>): Figure {
  const traces = Object.entries(sets).map(([name, { thresholds, recall, candidates }]) => ({
    type: "scatter",
    mode: "lines",
    name: `${name} (${Math.round(candidates)} an image)`,
    x: thresholds,
    y: recall.map((value) => round(value)),
  }));
  return figure(traces, "Recall of truth boxes", {
    xaxis: axis("IoU asked for", { range: [0, 1] }),
    yaxis: axis("part of the boxes", { range: [0, 1.02] }),
  });
}

/** How well the best candidate of each truth box fits it. */
export function bestIouHistogram(sets: Readonly<Record<string, RecallByIou>>): Figure {
  const traces = Object.entries(sets).map(([name, { bestIou }]) => ({
    type: "histogram",
    name,
    opacity: 0.65,
    x: bestIou.map((value) => round(value)),
    xbins: { start: 0, end: 1, size: 0.05 },
  }));
  return figure(traces, "The best candidate's IoU with each truth box", {
    xaxis: axis("IoU", { range: [0, 1] }),
    yaxis: axis("truth boxes"),
    barmode: "overlay",
  });
}

function matched(name: string, color: string, width: number, own: readonly { box: Box; iou: number }[]): BoxGroup {
  const boxes = own.map(({ box, iou }) => ({ box, hover: [name, `IoU ${round(iou)}`, sizeText(box)] }));
  return { name, color, dash: "dot", width, boxes };
}

/** Boxes of one kind, for panels. */
export function group(name: string, color: string, dash: BoxGroup["dash"], boxes: readonly Box[]): BoxGroup {
  return { name, color, dash, boxes: boxes.map((box) => ({ box, hover: [name, sizeText(box)] })) };
}

async function onSample({ pixels, letterbox, record }: Sample, groups: BoxGroup[], title: string): Promise<Figure> {
  const picture = await pictureFromPixels({ pixels, width: letterbox.size, height: letterbox.size });
  return panelFigure([{ picture, title: record.id, groups }], { title, side: 480 });
}
