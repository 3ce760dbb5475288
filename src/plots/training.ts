/** Training, a step in slow motion and the whole run as curves. */
import { boxAt, boxCount, gatherBoxes, unflattenBoxes } from "../boxes/box";
import type { History } from "../training/history";
import type { StepReport } from "../training/trainer";
import type { ImageTrace } from "../model/trace";
import type { Box } from "../types";
import { group } from "./anchors";
import { sizeText } from "./dataset";
import { axis, COLORS, Figure, figure, round, Trace } from "./figure";
import { BoxGroup, Panel, panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";

/** Steps that the drawn line of a noisy curve averages over. */
const SMOOTHING = 15;
/** Points a curve has at most, for a notebook of moderate size. */
const MAX_POINTS = 400;
/** Negative anchors drawn an image. */
const SHOWN_NEGATIVES = 40;

/** The anchors the loss saw in each image of a step. */
export function sampledAnchors(report: StepReport): Promise<Figure> {
  return perImage(report, "Anchors the RPN loss saw", (image) => {
    const boxes = (indices: Int32Array) => unflattenBoxes(gatherBoxes(report.trace.anchors, indices));
    return [
      { ...group("negative (some)", COLORS.sky, "dot", boxes(image.negatives.slice(0, SHOWN_NEGATIVES))), width: 0.7 },
      { ...group("positive", COLORS.vermilion, "dot", boxes(image.positives)), width: 1.2 },
      truth(image),
    ];
  });
}

/** Proposals of each image of a step before and after NMS. */
export function proposals(report: StepReport): Promise<Figure> {
  return perImage(report, "Proposals before NMS (dotted) and after it", (image) => [
    { ...scored("before NMS", COLORS.sky, "dot", image.candidates, image.candidateScores), width: 0.7 },
    { ...scored("after NMS", COLORS.orange, "solid", image.proposals, image.proposalScores), width: 1 },
    truth(image),
  ]);
}

/** The rois the head's first stage learned from, foreground apart from background. */
export function sampledRois(report: StepReport): Promise<Figure> {
  return perImage(report, "Rois the head's loss saw", (image) => {
    const which = (isForeground: boolean): BoxGroup["boxes"] =>
      Array.from(image.roiAssignment.keys())
        .filter((i) => image.roiAssignment[i] >= 0 === isForeground)
        .map((i) => ({
          box: boxAt(image.rois, i),
          hover: [`IoU ${round(image.roiIou[i])}`, sizeText(boxAt(image.rois, i))],
        }));
    return [
      { name: "background", color: COLORS.sky, dash: "dot", width: 1, boxes: which(false) },
      { name: "foreground", color: COLORS.vermilion, dash: "solid", width: 1, boxes: which(true) },
      truth(image),
    ];
  });
}

/** Objectness over each image of a step: in each cell the probability of its likeliest anchor. */
export function objectnessHeatmap(report: StepReport, perCell: number): Promise<Figure> {
  return perImage(
    report,
    "Objectness",
    (image) => [truth(image)],
    (image, size) => {
      const cells = Math.sqrt(image.objectness.length / perCell);
      const step = size / cells;
      const z = Array.from({ length: cells }, (_, row) =>
        Array.from({ length: cells }, (_, column) => {
          const start = (row * cells + column) * perCell;
          const best = Math.max(...image.objectness.subarray(start, start + perCell));
          return round(1 / (1 + Math.exp(-best)), 3);
        }),
      );
      const centers = z.map((_, i) => (i + 0.5) * step);
      return [
        {
          type: "heatmap",
          x: centers,
          y: centers,
          z,
          zmin: 0,
          zmax: 1,
          opacity: 0.45,
          colorscale: "Inferno",
          showscale: false,
          hovertemplate: "objectness %{z}<extra></extra>",
        },
      ];
    },
  );
}

/** Every loss term by step: each step's value faint, a moving mean over it. */
export function losses(history: History): Figure {
  const terms = Object.keys(history.steps[0]?.losses ?? {});
  const traces = terms.map((term) => ({
    type: "scatter",
    mode: "lines",
    name: term,
    line: { width: term === "total" ? 3 : 1.5 },
    ...thinned(movingMean(history.steps.map((step) => step.losses[term]))),
  }));
  return figure(traces, "Losses", {
    xaxis: axis("step"),
    yaxis: axis("weighted loss, mean of 15 steps", { rangemode: "tozero" }),
  });
}

/** The learning rate and the gradient's norm by step. */
export function learningRate(history: History): Figure {
  const line = (name: string, values: number[], more: object): Trace => ({
    type: "scatter",
    mode: "lines",
    name,
    ...thinned(values),
    ...more,
  });
  const traces = [
    line("learning rate", history.steps.map((step) => step.learningRate), {}), // prettier-ignore
    line("gradient norm", movingMean(history.steps.map((step) => step.gradientNorm)), { yaxis: "y2" }), // prettier-ignore
  ];
  return figure(traces, "Learning rate and gradient norm", {
    xaxis: axis("step"),
    yaxis: axis("learning rate", { rangemode: "tozero" }),
    yaxis2: axis("gradient norm", { overlaying: "y", side: "right", rangemode: "tozero", showgrid: false }),
    margin: { l: 60, r: 70, t: 56, b: 50 },
  });
}

/** AP on the validation part by epoch, class-agnostic and class-aware. */
export function validationCurves(history: History): Figure {
  const epochs = history.validations.map(({ epoch }) => epoch);
  const line = (name: string, color: string, dash: string, value: (i: number) => number): Trace => ({
    type: "scatter",
    mode: "lines+markers",
    name,
    x: epochs,
    y: epochs.map((_, i) => round(value(i))),
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
    trace.images.map(async (image, i): Promise<Panel> => {
      const { size } = samples[i].letterbox;
      const picture = await pictureFromPixels({ pixels: pixels[i], width: size, height: size });
      return { picture, title: samples[i].record.id, groups: groups(image), overlays: overlays(image, size) };
    }),
  );
  return panelFigure(panels, { title, columns: 2, side: 330 });
}

function truth(image: ImageTrace): BoxGroup {
  return group("truth", COLORS.green, "solid", unflattenBoxes(image.truth.boxes));
}

function scored(
  name: string,
  color: string,
  dash: BoxGroup["dash"],
  boxes: Float32Array,
  scores: Float32Array,
): BoxGroup {
  const shown = Array.from({ length: boxCount(boxes) }, (_, i) => {
    const box: Box = boxAt(boxes, i);
    return { box, hover: [name, `score ${round(scores[i])}`, sizeText(box)] };
  });
  return { name, color, dash, boxes: shown };
}

function movingMean(values: readonly number[]): number[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - SMOOTHING + 1), i + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

/** Steps from 1 on against values, at most `MAX_POINTS` of them. */
function thinned(values: readonly number[]): { x: number[]; y: number[] } {
  const every = Math.max(1, Math.ceil(values.length / MAX_POINTS));
  const kept = values
    .map((value, i) => ({ x: i + 1, y: round(value, 6) }))
    .filter((_, i) => i % every === 0 || i === values.length - 1);
  return { x: kept.map(({ x }) => x), y: kept.map(({ y }) => y) };
}
