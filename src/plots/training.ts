/** Training, a step in slow motion and the whole run as curves. */
import { gatherBoxes, unflattenBoxes } from "../boxes/box";
import type { ImageTrace } from "../detectors/faster-rcnn/training-trace";
import type { History } from "../runs/history";
import type { StepReport } from "../training/trainer";
import type { BoxArray } from "../types";
import { boxGroup, fileName, spread, groundTruthGroup } from "./box-groups";
import { axis, COLORS, escapeText, Figure, figure, HEAT, round, TEXT_COLOR, Trace } from "./figure";
import { BoxGroup, Panel, panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";

type Style = Pick<BoxGroup, "color" | "dash" | "width">;

/** Steps that the drawn line of a noisy curve averages over. */
const SMOOTHING = 15;
/** Points a curve has at most, for a notebook of moderate size. */
const MAX_POINTS = 400;
/**
 * Images of a step that are shown, and boxes in each: enough to see what happens, few enough for a
 * notebook.
 */
const SHOWN_IMAGES = 2;
const SHOWN_NEGATIVES = 64;
const SHOWN_PROPOSALS = 60;

const POSITIVE: Style = { color: COLORS.orange, dash: "dot", width: 1.5 };
const NEGATIVE: Style = { color: COLORS.sky, dash: "dot", width: 0.7 };

/** The anchors the loss saw in each image of a step. */
export function sampledAnchors(report: StepReport): Promise<Figure> {
  return perImage(report, "Anchors the loss of the region proposal network saw", (image) => {
    const drawn = (name: string, style: Style, indices: readonly number[]) =>
      boxGroup(name, style, unflattenBoxes(gatherBoxes(report.trace.anchors, indices)), (i) => [
        `IoU ${round(image.anchorIou[indices[i]])}`,
        `objectness ${round(sigmoid(image.objectness[indices[i]]))}`,
      ]);
    const positives = Array.from(image.positives);
    return [
      drawn(
        `negative (at most ${SHOWN_NEGATIVES} shown)`,
        NEGATIVE,
        spread(image.negatives, SHOWN_NEGATIVES),
      ),
      groundTruth(image),
      drawn("positive", POSITIVE, positives),
    ];
  });
}

/** The best proposals of each image of a step before NMS, and what NMS leaves of them. */
export function proposals(report: StepReport): Promise<Figure> {
  return perImage(
    report,
    `The ${SHOWN_PROPOSALS} best proposals before NMS, and what NMS leaves`,
    (image) => [
      groundTruth(image),
      scored(
        "before NMS",
        { color: COLORS.sky, dash: "dot", width: 0.7 },
        image.candidates,
        image.candidateScores,
      ),
      scored(
        "after NMS",
        { color: COLORS.orange, dash: "dot", width: 1.5 },
        image.proposals,
        image.proposalScores,
      ),
    ],
  );
}

/** The rois the head's first stage learned from, foreground apart from background. */
export function sampledRois(report: StepReport): Promise<Figure> {
  return perImage(report, "Rois the head's loss saw", (image) => {
    const drawn = (name: string, style: Style, isForeground: boolean) => {
      const own = Array.from(image.roiAssignment.keys()).filter(
        (i) => image.roiAssignment[i] >= 0 === isForeground,
      );
      const boxes = unflattenBoxes(gatherBoxes(image.rois, own));
      return boxGroup(name, style, boxes, (i) => [`IoU ${round(image.roiIou[own[i]])}`]);
    };
    return [
      drawn("background", NEGATIVE, false),
      groundTruth(image),
      drawn("foreground", POSITIVE, true),
    ];
  });
}

/**
 * Objectness over each image of a step: in each cell the probability of its likeliest anchor.
 * @param perCell anchors at each cell
 */
export function objectnessHeatmap(report: StepReport, perCell: number): Promise<Figure> {
  return perImage(
    report,
    "Objectness of each cell's likeliest anchor (clear: 0, red: 1)",
    (image) => [groundTruth(image)],
    (image, size) => {
      const cells = Math.sqrt(image.objectness.length / perCell);
      if (!Number.isInteger(cells)) {
        throw new Error(
          `objectnessHeatmap: ${image.objectness.length} anchors are no square of cells with ${perCell} each`,
        );
      }
      const step = size / cells;
      const z = Array.from({ length: cells }, (_, row) =>
        Array.from({ length: cells }, (_, column) => {
          const start = (row * cells + column) * perCell;
          return round(sigmoid(Math.max(...image.objectness.subarray(start, start + perCell))), 2);
        }),
      );
      const heat = {
        x0: step / 2,
        dx: step,
        y0: step / 2,
        dy: step,
        z,
        zmin: 0,
        zmax: 1,
        colorscale: HEAT,
      };
      return [
        {
          type: "heatmap",
          ...heat,
          showscale: false,
          hovertemplate: "objectness %{z}<extra></extra>",
        },
      ];
    },
  );
}

/**
 * Every loss term by step, each the mean of the last few steps; single steps jump too much to be
 * read.
 */
export function losses(history: History): Figure {
  const terms = Object.keys(history.steps[0]?.losses ?? {});
  const traces = terms.map((term) => ({
    type: "scatter",
    mode: "lines",
    name: escapeText(term),
    line: term === "total" ? { width: 3, color: TEXT_COLOR } : { width: 1.5 },
    ...thinned(movingMean(history.steps.map((step) => step.losses[term]))),
  }));
  return figure(traces, "Losses", {
    xaxis: axis("step"),
    yaxis: axis(`weighted loss, mean of ${SMOOTHING} steps`, { rangemode: "tozero" }),
  });
}

/** The learning rate by step, and below it the gradient's norm before clipping. */
export function learningRate(history: History): Figure {
  const line = (values: readonly number[], yaxis: string): Trace => ({
    type: "scatter",
    mode: "lines",
    showlegend: false,
    yaxis,
    ...thinned(values),
  });
  const traces = [
    line(
      history.steps.map((step) => step.learningRate),
      "y",
    ),
    line(movingMean(history.steps.map((step) => step.gradientNorm)), "y2"),
  ];
  return figure(traces, "Learning rate and size of the gradient", {
    xaxis: axis("step", { anchor: "y2" }),
    yaxis: axis("learning rate", {
      domain: [0.56, 1],
      rangemode: "tozero",
      exponentformat: "power",
    }),
    yaxis2: axis(`norm, mean of ${SMOOTHING}`, { domain: [0, 0.44], rangemode: "tozero" }),
    height: 420,
  });
}

/** AP on the validation part by epoch, class-agnostic and class-aware. */
export function validationCurves(history: History): Figure {
  const epochs = history.validations.map(({ epoch }) => epoch);
  const line = (
    name: string,
    color: string,
    dash: string,
    value: (i: number) => number | null,
  ): Trace => ({
    type: "scatter",
    mode: "lines+markers",
    name,
    x: epochs,
    // Where there is nothing to find, there is no AP: a gap.
    y: epochs.map((_, i) => {
      const ap = value(i);
      return ap === null ? null : round(ap);
    }),
    line: { color, dash },
  });
  const at = (i: number) => history.validations[i].metrics;
  const traces = [
    line("AP50, class-agnostic", COLORS.blue, "solid", (i) => at(i).classAgnostic.AP50),
    line("AP, class-agnostic", COLORS.blue, "dash", (i) => at(i).classAgnostic.AP),
    line("AP50, class-aware", COLORS.orange, "solid", (i) => at(i).classAware.AP50),
    line("AP, class-aware", COLORS.orange, "dash", (i) => at(i).classAware.AP),
  ];
  return figure(traces, "Average precision on the validation part", {
    xaxis: axis("epoch"),
    yaxis: axis("AP", { range: [0, 1.02] }),
  });
}

/** The norm of each variable's gradient in a step. */
export function gradientNorms(report: StepReport): Figure {
  const names = Object.keys(report.gradientNorms).filter((name) => name.endsWith("kernel"));
  const trace = {
    type: "bar",
    orientation: "h",
    y: names,
    x: names.map((name) => round(report.gradientNorms[name], 5)),
  };
  return figure([trace], "Norm of each layer's gradient", {
    xaxis: axis("norm", { type: "log" }),
    yaxis: { autorange: "reversed", automargin: true },
    height: 60 + 22 * names.length,
  });
}

async function perImage(
  { pixels, samples, trace }: StepReport,
  title: string,
  groups: (image: ImageTrace) => BoxGroup[],
  overlays: (image: ImageTrace, size: number) => Trace[] = () => [],
): Promise<Figure> {
  const panels = await Promise.all(
    trace.images.slice(0, SHOWN_IMAGES).map(async (image, i): Promise<Panel> => {
      const { record, letterbox } = samples[i];
      const picture = await pictureFromPixels({
        pixels: pixels[i],
        width: letterbox.size,
        height: letterbox.size,
      });
      const name = `${fileName(record.id)}, patient ${record.patient}`;
      return {
        picture,
        title: name,
        groups: groups(image),
        overlays: overlays(image, letterbox.size),
      };
    }),
  );
  return panelFigure(panels, { title, columns: 2, side: 360 });
}

function groundTruth(image: ImageTrace): BoxGroup {
  return groundTruthGroup(unflattenBoxes(image.target.boxes));
}

/** The first boxes, which are those of highest score. */
function scored(name: string, style: Style, boxes: BoxArray, scores: Float32Array): BoxGroup {
  return boxGroup(name, style, unflattenBoxes(boxes).slice(0, SHOWN_PROPOSALS), (i) => [
    `score ${round(scores[i])}`,
  ]);
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function movingMean(values: readonly number[]): number[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - SMOOTHING + 1), i + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

/** Steps from 1 on against values, at most `MAX_POINTS` of them. */
export function thinned(values: readonly number[]): { x: number[]; y: number[] } {
  const every = Math.max(1, Math.ceil(values.length / MAX_POINTS));
  const kept = values
    .map((value, i) => ({ x: i + 1, y: round(value, 6) }))
    .filter((_, i) => i % every === 0 || i === values.length - 1);
  return { x: kept.map(({ x }) => x), y: kept.map(({ y }) => y) };
}
