/** What kinds of errors there are and what they cost, and which tumors are found. */
import type { ErrorTypes } from "../metrics/error-types";
import { type RecallByFactor, type FactorGroup, FACTORS } from "../metrics/recall-by-factor";
import { axis, COLORS, type Figure, figure, round, SERIES, TEXT_COLOR } from "./figure";

const PANEL = 240;
const FRAME = 130;
/** Screen pixels above the panels, for title and legend. */
const LEGEND = 80;

/**
 * The average precision that each kind of error costs, class-agnostic beside class-aware; how many
 * there are stands on the bars.
 */
export function errorTypes(results: readonly ErrorTypes[]): Figure {
  const bars = results.map(({ classAware, types, falsePositiveCost, falseNegativeCost }, i) => ({
    type: "bar",
    name: classAware ? "class-aware" : "class-agnostic",
    x: [...types.map(({ type }) => type), "all false boxes", "all missed"],
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
    `What errors cost of AP at IoU ${iou}; numbers count those of scores from ${round(scoreThreshold, 2)}`,
    {
      barmode: "group",
      xaxis: { automargin: true, tickangle: 0, tickfont: { size: 10 } },
      yaxis: axis("AP to be gained", { rangemode: "tozero" }),
    },
  );
}

/**
 * The part of the tumors that is found, with its interval, and how well they are boxed, by what
 * the tumors are like.
 */
export function recallByFactor({ factors, scoreThreshold, iou }: RecallByFactor): Figure {
  const axes: Record<string, unknown> = {};
  const data = factors.flatMap(({ factor, groups }, i) => {
    const id = i ? String(i + 1) : "";
    const bottom = 1 - (i + 1) / factors.length;
    axes[`xaxis${id}`] = axis(FACTORS[factor], { type: "category", anchor: `y${id}` });
    axes[`yaxis${id}`] = axis("", {
      domain: [bottom + 0.35 / factors.length, 1 - i / factors.length],
      range: [0, 1.05],
    });
    const names = groups.map(({ low, high }) => `${label(low)} to ${label(high)}`);
    const shared = { x: names, xaxis: `x${id}`, yaxis: `y${id}`, showlegend: i === 0 };
    return [
      {
        type: "bar",
        name: "found (95 % interval)",
        legendgroup: "found",
        ...shared,
        y: groups.map(({ sensitivity }) => round(sensitivity)),
        error_y: {
          type: "data",
          symmetric: false,
          array: reach(groups, 1),
          arrayminus: reach(groups, 0),
          thickness: 1.5,
          color: TEXT_COLOR,
        },
        text: groups.map(({ found, boxes }) => `${found} of ${boxes}`),
        insidetextanchor: "start",
        marker: { color: COLORS.blue },
        hovertemplate: "%{x}: %{text} found<extra></extra>",
      },
      {
        type: "scatter",
        mode: "markers",
        name: "mean IoU of the found ones",
        legendgroup: "iou",
        ...shared,
        y: groups.map(({ meanIou }) => (meanIou === null ? null : round(meanIou))),
        marker: { color: COLORS.orange, size: 9 },
        hovertemplate: "%{x}: mean IoU %{y}<extra></extra>",
      },
    ];
  });
  return figure(
    data,
    `Which tumors are found (scores from ${round(scoreThreshold, 2)}, IoU from ${iou})`,
    {
      ...axes,
      height: FRAME + PANEL * factors.length,
      margin: { t: LEGEND, b: 50, l: 60, r: 20 },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", yref: "paper" },
    },
  );
}

function reach(groups: readonly FactorGroup[], end: 0 | 1): number[] {
  return groups.map(({ sensitivity, interval }) => round(Math.abs(interval[end] - sensitivity)));
}

function label(value: number): string {
  return String(round(value, Math.abs(value) < 2 ? 2 : 0));
}
