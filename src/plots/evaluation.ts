/** Figures of the quality of detections. Each says whether classes count. */
import { basename } from "path";
import type { AveragePrecision } from "../metrics/average-precision";
import { metricText } from "../metrics/metric-text";
import type { ComparedRun } from "../runs/compare-runs";
import { UNMATCHED } from "../metrics/matching";
import { HIT_IOU, type ImageOutcomes } from "../metrics/outcomes";
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

/** A result with any name, such as that of its run. */
export type NamedPrecision = Omit<AveragePrecision, "label"> & { readonly label: string };

/** Points of a precision-recall curve, at most. */
const MAX_POINTS = 200;
const CURVES = { width: 720, height: 440 } as const;

/**
 * Precision against recall at IoU 0.5, a curve for each result and class. The hover text has the
 * score at each point.
 * @example
 * const result = averagePrecision(groundTruths, detections, { classAware: false });
 * await show(figures.precisionRecall([result], dataset.classNames));
 */
export function precisionRecall(
  results: readonly NamedPrecision[],
  classNames: readonly string[],
): Figure {
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
    ...CURVES,
    ...legendAbove(traces, CURVES.width),
    xaxis: axis("recall", { range: [0, 1.02] }),
    yaxis: axis("precision", { range: [0, 1.05] }),
  });
}

/**
 * Average precision at each IoU threshold. A curve that falls early means loose boxes.
 * @example
 * const result = averagePrecision(groundTruths, detections, { classAware: false });
 * await show(figures.apByIou([result]));
 */
export function apByIou(results: readonly NamedPrecision[]): Figure {
  const traces = results.map(({ label, byIou }) => ({
    type: "scatter",
    mode: "lines+markers",
    name: escapeText(label),
    x: byIou.map(({ iou }) => round(iou, 2)),
    // Without boxes there is no AP: the curve has a gap.
    y: byIou.map(({ AP }) => roundOrNull(AP)),
  }));
  return figure(traces, "Average precision at each IoU threshold", {
    ...legendAbove(traces, CURVES.width),
    xaxis: axis("smallest IoU of a hit"),
    yaxis: axis("AP", { range: [0, 1.02] }),
  });
}

/**
 * The scores of hits and of false positives, with a line at the threshold in use.
 * @example
 * await show(figures.scoreHistogram(detectionOutcomes(groundTruths, detections), 0.5));
 */
export function scoreHistogram(outcomes: readonly ImageOutcomes[], scoreThreshold: number): Figure {
  const all = outcomes.flatMap((image) => image.outcomes);
  // Plotly warns of a histogram without values; a group without detections is left out.
  const bars = (name: string, color: string, isHit: boolean): Trace[] => {
    const group = all.filter(({ match }) => (match !== UNMATCHED) === isHit);
    const x = group.map(({ detection }) => round(detection.score));
    return x.length
      ? [{ type: "histogram", name, marker: { color }, xbins: { start: 0, end: 1, size: 0.05 }, x }]
      : [];
  };
  const data = [
    ...bars("hits", COLORS.green, true),
    ...bars("false positives", COLORS.vermilion, false),
  ];
  return figure(data, `Scores of hits (IoU ${HIT_IOU} or more) and false positives`, {
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
        // Towards the middle, where there is room.
        xanchor: scoreThreshold > 0.5 ? "right" : "left",
        yanchor: "bottom",
      },
    ],
  });
}

/**
 * Average precision of several runs on the same images, a bar for each run.
 * @example
 * await show(figures.runComparison(await compareRuns(paths, test)));
 */
export function runComparison(runs: readonly ComparedRun[]): Figure {
  const traces = runs.map(({ path, manifest, metrics: { classAgnostic, classAware } }) => {
    const bars: [string, number | null][] = [
      ["AP50", classAgnostic.AP50],
      ["AP75", classAgnostic.AP75],
      ["AP", classAgnostic.AP],
      ["AP50, class-aware", classAware.AP50],
      ["AP, class-aware", classAware.AP],
    ];
    const y = bars.map(([, value]) => roundOrNull(value));
    return {
      type: "bar",
      name: escapeText(`${basename(path)} (${manifest.config.preset})`),
      x: bars.map(([name]) => name),
      y,
      text: y.map((value) => value?.toFixed(3) ?? ""),
      textposition: "outside",
    };
  });
  return figure(traces, "Trained detectors on the same images, class-agnostic where not marked", {
    ...CURVES,
    ...legendAbove(traces, CURVES.width),
    yaxis: axis("average precision", { range: [0, 1.1] }),
    barmode: "group",
  });
}
