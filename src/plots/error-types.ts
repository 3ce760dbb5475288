/** The figure of the kinds of errors and their cost. */
import type { ErrorTypes } from "../metrics/error-types";
import { axis, type Figure, figure, round, SERIES } from "./figure";
import { legendAbove } from "./legend";

const SIZE = { width: 820, height: 380 } as const;

/**
 * The average precision that each kind of error costs (TIDE, Bolya et al. 2020). The number of
 * errors is on the bars.
 * @param results class-agnostic, class-aware or both
 * @example
 * const agnostic = errorTypes(groundTruths, detections, { classAware: false, scoreThreshold: 0.5 });
 * await show(figures.errorTypes([agnostic]));
 */
export function errorTypes(results: readonly ErrorTypes[]): Figure {
  const bars = results.map(({ classAware, types, falsePositiveCost, falseNegativeCost }, i) => ({
    type: "bar",
    name: classAware ? "class-aware" : "class-agnostic",
    x: [...types.map(({ type }) => type), "all false<br>positives", "all missed"],
    y: [...types.map(({ cost }) => cost), falsePositiveCost, falseNegativeCost].map((cost) =>
      round(cost),
    ),
    text: [...types.map(({ count }) => String(count)), "", ""],
    textposition: "outside",
    cliponaxis: false,
    marker: { color: SERIES[i % SERIES.length] },
    hovertemplate: "%{x}: %{text}<br>costs %{y} of AP<extra></extra>",
  }));
  const { scoreThreshold = 0, iou = 0 } = results[0] ?? {};
  return figure(
    bars,
    `Cost of errors in AP at IoU ${iou}; counts of errors with scores from ${round(scoreThreshold, 2)}`,
    {
      ...SIZE,
      ...legendAbove(bars, SIZE.width),
      barmode: "group",
      xaxis: { automargin: true, tickangle: 0, tickfont: { size: 10 } },
      yaxis: axis("cost in AP", { rangemode: "tozero" }),
    },
  );
}
