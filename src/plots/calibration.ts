/** Do the scores mean what they say? */
import type { Reliability } from "../metrics/calibration";
import { axis, escapeText, Figure, figure, round, SERIES, TEXT_COLOR, Trace } from "./figure";

/**
 * Points have the size of the smallest one or more; its root grows with the part of the detections
 * that is in the bin.
 */
const POINT = { smallest: 6, growth: 14 } as const;

export interface NamedReliability {
  readonly name: string;
  readonly result: Reliability;
}

/**
 * The part of the detections that found a box against their mean score, bin by bin, and below how
 * many there are.
 */
export function reliability(results: readonly NamedReliability[]): Figure {
  const traces = results.flatMap(({ name, result }, i): Trace[] => {
    const color = SERIES[i % SERIES.length];
    const filled = result.bins.filter(({ count }) => count);
    const at = result.temperature === 1 ? "" : ` at temperature ${round(result.temperature, 2)}`;
    const named = `${escapeText(name)}${at}, ECE ${result.ece === null ? "none" : result.ece.toFixed(3)}`;
    return [
      {
        type: "scatter",
        mode: "lines+markers",
        name: named,
        legendgroup: named,
        line: { color },
        // A bin with few detections tells little, and looks it.
        marker: {
          color,
          size: filled.map(({ count }) =>
            round(POINT.smallest + POINT.growth * Math.sqrt(count / result.detections), 1),
          ),
        },
        cliponaxis: false,
        x: filled.map(({ score }) => round(score!)),
        y: filled.map(({ precision }) => round(precision!)),
        text: filled.map(
          ({ low, high, count }) =>
            `scores from ${round(low)} to ${round(high)}<br>${count} detections`,
        ),
        hovertemplate: "%{text}<br>mean score %{x}, hits %{y}<extra></extra>",
      },
      {
        type: "bar",
        name: named,
        legendgroup: named,
        showlegend: false,
        marker: { color },
        yaxis: "y2",
        x: result.bins.map(({ low, high }) => round((low + high) / 2)),
        y: result.bins.map(({ count }) => count),
        hovertemplate: "%{y} detections<extra></extra>",
      },
    ];
  });
  const perfect = {
    type: "scatter",
    mode: "lines",
    name: "a score means what it says",
    line: { dash: "dot", color: TEXT_COLOR, width: 1 },
    x: [0, 1],
    y: [0, 1],
    hoverinfo: "skip",
  };
  const judged = new Set(
    results.map(({ result }) => `scores from ${round(result.minScore)}, hits at IoU ${result.iou}`),
  );
  return figure(
    [perfect, ...traces],
    `Reliability of the scores (${Array.from(judged).join("; ")})`,
    {
      xaxis: axis("score", { range: [0, 1.02], anchor: "y2" }),
      yaxis: axis("part that found a tumor", { domain: [0.36, 1], range: [0, 1.05] }),
      yaxis2: axis("detections", { domain: [0, 0.24], rangemode: "tozero" }),
      barmode: "group",
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      margin: { l: 60, r: 20, t: 100, b: 50 },
      height: 540,
      width: 620,
    },
  );
}
