/** Figures of how good the detections are. Each says whether classes count. */
import { basename } from "path";
import type { AveragePrecision } from "../metrics/average-precision";
import { metricText } from "../metrics/metric-text";
import type { ComparedRun } from "../runs/compare-runs";
import { UNMATCHED } from "../metrics/matching";
import { HIT_IOU, ImageOutcomes } from "../metrics/outcomes";
import { axis, COLORS, escapeText, Figure, figure, round, TEXT_COLOR, Trace } from "./figure";

/** A result under any name, such as its run's. */
type Named = Omit<AveragePrecision, "label"> & { readonly label: string };

/** Points of a precision-recall curve. */
const MAX_POINTS = 200;

/** Precision against recall at IoU 0.5, a curve a result, with the score at each point. */
export function precisionRecall(results: readonly Named[], classNames: readonly string[]): Figure {
  const traces = results.flatMap((result) =>
    result.rankings.map(({ classId, AP50, curve50: curve }): Trace => {
      const every = Math.max(1, Math.ceil(curve.recall.length / MAX_POINTS));
      const pick = (values: ArrayLike<number>) =>
        Array.from(values, (value) => round(value, 4)).filter((_, i) => i % every === 0);
      const name = classId === null ? result.label : `${result.label}: ${classNames[classId]}`;
      return {
        type: "scatter",
        mode: "lines",
        name: `${escapeText(name)}, AP50 ${metricText(AP50)}`,
        x: pick(curve.recall),
        y: pick(curve.precision),
        text: pick(curve.score).map(String),
        hovertemplate: "recall %{x}, precision %{y}<br>score %{text}<extra></extra>",
      };
    }),
  );
  return figure(traces, "Precision and recall at IoU 0.5", {
    xaxis: axis("recall", { range: [0, 1.02] }),
    yaxis: axis("precision", { range: [0, 1.05] }),
    height: 420,
  });
}

/** AP at each IoU threshold: how fast it falls tells how tight the boxes are. */
export function apByIou(results: readonly Named[]): Figure {
  const traces = results.map(({ label, byIou }) => ({
    type: "scatter",
    mode: "lines+markers",
    name: escapeText(label),
    x: byIou.map(({ iou }) => round(iou, 2)),
    // Where there is nothing to find, there is no AP: a gap.
    y: byIou.map(({ AP }) => (AP === null ? null : round(AP))),
  }));
  return figure(traces, "Average precision, the stricter the overlap", {
    xaxis: axis("IoU a hit needs"),
    yaxis: axis("AP", { range: [0, 1.02] }),
  });
}

/**
 * Scores of detections that found a box and of those that did not; the threshold in use as a line.
 */
export function scoreHistogram(outcomes: readonly ImageOutcomes[], scoreThreshold: number): Figure {
  const all = outcomes.flatMap((image) => image.outcomes);
  // A group without detections is left out: Plotly can't tell what its axis holds, and warns.
  const bars = (name: string, color: string, isHit: boolean): Trace[] => {
    const group = all.filter(({ match }) => (match !== UNMATCHED) === isHit);
    const x = group.map(({ detection }) => round(detection.score));
    return x.length
      ? [{ type: "histogram", name, marker: { color }, xbins: { start: 0, end: 1, size: 0.05 }, x }]
      : [];
  };
  return figure(
    [...bars("hits", COLORS.green, true), ...bars("false positives", COLORS.vermilion, false)],
    `Scores of hits (IoU ${HIT_IOU} or more) and false positives`,
    {
      xaxis: axis("score", { range: [0, 1] }),
      yaxis: axis("detections"),
      barmode: "stack",
      shapes: [
        {
          type: "line",
          x0: scoreThreshold,
          x1: scoreThreshold,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { dash: "dash", color: TEXT_COLOR },
        },
      ],
      annotations: [
        {
          x: scoreThreshold,
          y: 1,
          yref: "paper",
          text: `threshold ${round(scoreThreshold, 2)}`,
          showarrow: false,
          xanchor: "left",
        },
      ],
    },
  );
}

/** A group of bars a figure of merit, a bar a run: detectors side by side on the same images. */
export function runComparison(runs: readonly ComparedRun[]): Figure {
  const traces = runs.map(({ path, manifest, metrics: { classAgnostic, classAware } }) => {
    const y = [
      classAgnostic.AP50,
      classAgnostic.AP75,
      classAgnostic.AP,
      classAware.AP50,
      classAware.AP,
    ].map((value) => (value === null ? null : round(value)));
    const x = ["AP50", "AP75", "AP", "AP50, class-aware", "AP, class-aware"];
    const name = escapeText(`${basename(path)} (${manifest.config.preset})`);
    return {
      type: "bar",
      name,
      x,
      y,
      text: y.map((value) => value?.toFixed(3) ?? ""),
      textposition: "outside",
    };
  });
  return figure(
    traces,
    "Trained detectors on the same images (class-agnostic unless it says class-aware)",
    {
      yaxis: axis("average precision", { range: [0, 1.1] }),
      barmode: "group",
    },
  );
}
