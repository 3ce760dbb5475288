/** Figures of a whole training as curves: losses, learning rate and validation. */
import type { Metrics } from "../metrics/metrics";
import type { History } from "../runs/history";
import {
  axis,
  COLORS,
  escapeText,
  type Figure,
  figure,
  round,
  roundOrNull,
  TEXT_COLOR,
  type Trace,
} from "./figure";
import { legendAbove } from "./legend";

/** Steps in the moving mean of a noisy curve. */
const SMOOTHING = 15;
/** Points of a curve, at most: a notebook stays small. */
const MAX_POINTS = 400;
const VALIDATION = { width: 720, height: 400 } as const;

/**
 * Every loss term by step, as the mean of the last steps; the values of single steps vary too much.
 * @example
 * await show(figures.losses(trainer.history));
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

/**
 * The learning rate by step, and below it the norm of the gradient before clipping.
 * @example
 * await show(figures.learningRate(trainer.history));
 */
export function learningRate(history: History): Figure {
  const line = (values: readonly number[], yaxis: string): Trace => ({
    type: "scatter",
    mode: "lines",
    showlegend: false,
    yaxis,
    ...thinned(values),
  });
  const rates = history.steps.map((step) => step.learningRate);
  const norms = history.steps.map((step) => step.gradientNorm);
  return figure(
    [line(rates, "y"), line(movingMean(norms), "y2")],
    "Learning rate and gradient norm",
    {
      xaxis: axis("step", { anchor: "y2" }),
      yaxis: axis("learning rate", {
        domain: [0.56, 1],
        rangemode: "tozero",
        exponentformat: "power",
      }),
      yaxis2: axis(`norm, mean of ${SMOOTHING}`, { domain: [0, 0.44], rangemode: "tozero" }),
      height: 420,
    },
  );
}

/**
 * Average precision on the validation part by epoch, class-agnostic and class-aware.
 * @example
 * await show(figures.validationCurves(trainer.history));
 */
export function validationCurves(history: History): Figure {
  const { validations } = history;
  const line = (
    name: string,
    style: { readonly color: string; readonly dash: string },
    metric: (metrics: Metrics) => number | null,
  ): Trace => ({
    type: "scatter",
    mode: "lines+markers",
    name,
    x: validations.map(({ epoch }) => epoch),
    // Without boxes there is no AP: the curve has a gap.
    y: validations.map(({ metrics }) => roundOrNull(metric(metrics))),
    line: style,
  });
  const { blue, orange } = COLORS;
  const traces = [
    line("AP50, class-agnostic", { color: blue, dash: "solid" }, (m) => m.classAgnostic.AP50),
    line("AP, class-agnostic", { color: blue, dash: "dash" }, (m) => m.classAgnostic.AP),
    line("AP50, class-aware", { color: orange, dash: "solid" }, (m) => m.classAware.AP50),
    line("AP, class-aware", { color: orange, dash: "dash" }, (m) => m.classAware.AP),
  ];
  return figure(traces, "Average precision on the validation part", {
    ...VALIDATION,
    ...legendAbove(traces, VALIDATION.width),
    xaxis: axis("epoch"),
    yaxis: axis("AP", { range: [0, 1.02] }),
  });
}

/** Values by step, which counts from 1; at most `MAX_POINTS` of them, the last one included. */
export function thinned(values: readonly number[]): { x: number[]; y: number[] } {
  const every = Math.max(1, Math.ceil(values.length / MAX_POINTS));
  const points = values
    .map((value, i) => ({ x: i + 1, y: round(value, 6) }))
    .filter((_, i) => i % every === 0 || i === values.length - 1);
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => y) };
}

function movingMean(values: readonly number[]): number[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - SMOOTHING + 1), i + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}
