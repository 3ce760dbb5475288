/** Figures of one training step: sampled anchors and RoIs, proposals, objectness and gradients. */
import { patientName } from "../data/groups";
import { type AnchorLevel, anchorLevels } from "../boxes/anchor-levels";
import type { AnchorGrid } from "../boxes/anchors";
import { gatherBoxes, unflattenBoxes } from "../boxes/box";
import type { ImageTrace } from "../detectors/faster-rcnn/training-trace";
import type { StepReport } from "../training/trainer";
import type { NetworkBox, NetworkBoxes } from "../types";
import {
  type BoxGroup,
  boxGroup,
  type BoxKind,
  type BoxStyle,
  groundTruthGroup,
} from "./box-groups";
import { cellHeatmap, axis, COLORS, type Figure, figure, HEAT, round, type Trace } from "./figure";
import { fileName } from "./hover-text";
import { type Panel, panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";
import { sigmoid } from "./sigmoid";
import { spread } from "../util/spread";

/** Images of a step and boxes in each image, at most: a notebook stays small. */
const MAX_IMAGES = 2;
const MAX_NEGATIVES = 64;
const MAX_PROPOSALS = 60;
const GRID = { columns: 2, side: 360 } as const;
/** Lengths in pixels of the figure of gradient norms. */
const BAR = 22;
const MARGINS = 100;

const BEFORE: BoxStyle = { color: COLORS.sky, dash: "dot", width: 0.7 };
const AFTER: BoxStyle = { color: COLORS.orange, dash: "dot", width: 1.5 };

/**
 * The anchors that the loss of the region proposal network uses in each image of a step.
 * @example
 * await show(await figures.sampledAnchors(await trainer.step()));
 */
export function sampledAnchors(report: StepReport): Promise<Figure> {
  return imagePanels(report, "Sampled anchors of the region proposal network", (image) => {
    const group = (name: string, style: BoxStyle, indices: readonly number[]) =>
      boxGroup(
        { name, ...style },
        unflattenBoxes(gatherBoxes(report.trace.anchors, indices)),
        (i) => [
          `IoU ${round(image.anchorIou[indices[i]])}`,
          `objectness ${round(sigmoid(image.objectness[indices[i]]))}`,
        ],
      );
    const negatives = spread(image.negatives, MAX_NEGATIVES);
    return [
      group(`negative (at most ${MAX_NEGATIVES} drawn)`, BEFORE, negatives),
      groundTruth(image),
      group("positive", AFTER, Array.from(image.positives)),
    ];
  });
}

/**
 * The best proposals of each image of a step before NMS, and those that remain after it.
 * @example
 * await show(await figures.proposals(await trainer.step()));
 */
export function proposals(report: StepReport): Promise<Figure> {
  return imagePanels(
    report,
    `The ${MAX_PROPOSALS} best proposals before and after NMS`,
    (image) => [
      groundTruth(image),
      bestGroup({ name: "before NMS", ...BEFORE }, image.candidates, image.candidateScores),
      bestGroup({ name: "after NMS", ...AFTER }, image.proposals, image.proposalScores),
    ],
  );
}

/**
 * The RoIs that the loss of the first head uses in each image of a step.
 * @example
 * await show(await figures.sampledRois(await trainer.step()));
 */
export function sampledRois(report: StepReport): Promise<Figure> {
  return imagePanels(report, "Sampled RoIs of the first head", (image) => {
    const group = (name: string, style: BoxStyle, isForeground: boolean) => {
      const indices = Array.from(image.roiAssignment.keys()).filter(
        (i) => image.roiAssignment[i] >= 0 === isForeground,
      );
      const boxes = unflattenBoxes(gatherBoxes(image.rois, indices));
      return boxGroup({ name, ...style }, boxes, (i) => [`IoU ${round(image.roiIou[indices[i]])}`]);
    };
    return [
      group("background", BEFORE, false),
      groundTruth(image),
      group("foreground", AFTER, true),
    ];
  });
}

/**
 * Objectness over each image of a step: the probability of the likeliest anchor of each cell. With
 * a feature pyramid, it is the likeliest anchor of all levels over each cell of the finest level.
 * @param perCell how many anchors a cell has; with a feature pyramid, of all levels together
 * @throws when the anchors are not a square of cells with `perCell` anchors each
 * @example
 * await show(await figures.objectnessHeatmap(step, anchorsPerCell(config.anchors)));
 */
export function objectnessHeatmap(report: StepReport, perCell: number): Promise<Figure> {
  return imagePanels(
    report,
    "Objectness of the likeliest anchor of each cell (transparent: 0, orange: 1)",
    (image) => [groundTruth(image)],
    (image, size) => [heatTrace(image.objectness, perCell, { grids: report.trace.grids, size })],
  );
}

/**
 * The norm of the gradient of each layer in a step.
 * @example
 * await show(figures.gradientNorms(await trainer.step()));
 */
export function gradientNorms(report: StepReport): Figure {
  const names = Object.keys(report.gradientNorms).filter((name) => name.endsWith("kernel"));
  const trace = {
    type: "bar",
    orientation: "h",
    y: names,
    x: names.map((name) => round(report.gradientNorms[name], 5)),
  };
  return figure([trace], "Gradient norm of each layer", {
    xaxis: axis("norm (log scale)", { type: "log" }),
    yaxis: { autorange: "reversed", automargin: true },
    height: MARGINS + BAR * names.length,
  });
}

/** The highest logit of the cell of a map that contains a point, in pixels. */
function likeliestOfCell(
  objectness: Float32Array,
  { stride, columns, start, perCell }: AnchorLevel,
  [y, x]: readonly [number, number],
): number {
  const cell = Math.floor(y / stride) * columns + Math.floor(x / stride);
  const first = start + cell * perCell;
  return Math.max(...objectness.subarray(first, first + perCell));
}

/** One panel for each of the first images of a step. */
async function imagePanels(
  { pixels, samples, trace }: StepReport,
  title: string,
  groups: (image: ImageTrace) => BoxGroup<NetworkBox>[],
  overlays: (image: ImageTrace, size: number) => Trace[] = () => [],
): Promise<Figure> {
  const panels = await Promise.all(
    trace.images.slice(0, MAX_IMAGES).map(async (image, i): Promise<Panel<NetworkBox>> => {
      const { record, letterbox } = samples[i];
      const { size } = letterbox;
      return {
        picture: await pictureFromPixels({ pixels: pixels[i], width: size, height: size }),
        title: `${fileName(record.id)}, patient ${patientName(record.patient)}`,
        groups: groups(image),
        overlays: overlays(image, size),
      };
    }),
  );
  return panelFigure(panels, { ...GRID, title });
}

function groundTruth({ target }: ImageTrace): BoxGroup<NetworkBox> {
  return groundTruthGroup(unflattenBoxes(target.boxes));
}

/** The first boxes, which have the highest scores. */
function bestGroup(kind: BoxKind, boxes: NetworkBoxes, scores: Float32Array): BoxGroup<NetworkBox> {
  return boxGroup(kind, unflattenBoxes(boxes).slice(0, MAX_PROPOSALS), (i) => [
    `score ${round(scores[i])}`,
  ]);
}

interface HeatOptions {
  /** The maps with the anchors, finest first. */
  readonly grids: readonly AnchorGrid[];
  /** Side of the input, in pixels. */
  readonly size: number;
}

/**
 * Objectness as a heat map over the input of the network.
 * @param objectness `[A]` logits, map by map and cell by cell
 */
function heatTrace(objectness: Float32Array, perCell: number, { grids, size }: HeatOptions): Trace {
  const levels = anchorLevels(grids, objectness.length);
  if (levels[0].perCell * levels.length !== perCell)
    throw new Error(
      `objectnessHeatmap: ${objectness.length} anchors are not a square of cells with ${perCell} anchors each`,
    );
  const { rows: cells, stride } = levels[0];
  const likeliest = (row: number, column: number) =>
    Math.max(
      ...levels.map((level) => likeliestOfCell(objectness, level, [row * stride, column * stride])),
    );
  const z = Array.from({ length: cells }, (_, row) =>
    Array.from({ length: cells }, (_, column) => round(sigmoid(likeliest(row, column)), 2)),
  );
  return {
    ...cellHeatmap(z, size / cells),
    zmin: 0,
    zmax: 1,
    colorscale: HEAT,
    hovertemplate: "objectness %{z}<extra></extra>",
  };
}
