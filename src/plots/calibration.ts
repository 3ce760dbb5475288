/** The figure that compares scores with the share of hits. */
import type { Reliability } from "../metrics/calibration";
import {
  axis,
  escapeText,
  type Figure,
  figure,
  round,
  SERIES,
  diagonal,
  type Trace,
} from "./figure";
import { legendAbove } from "./legend";

/** Sizes of points in pixels. A point grows with the root of its share of the detections. */
const POINT = { smallest: 6, growth: 14 } as const;
const SIZE = { width: 620, height: 540 } as const;
/** Parts of the height, from the bottom. */
const CURVES = [0.36, 1];
const COUNTS = [0, 0.24];

/** A result and its name in the legend. */
export interface NamedReliability {
  readonly name: string;
  readonly result: Reliability;
}

/**
 * A reliability diagram (Guo et al. 2017, 'On calibration of modern neural networks'): for each bin
 * of scores the share of hits against the mean score, and below it the number of detections.
 * @example
 * const scored = scoredOutcomes(groundTruths, detections);
 * await show(figures.reliability([{ name: "as given", result: reliability(scored) }]));
 */
export function reliability(results: readonly NamedReliability[]): Figure {
  const traces = results.flatMap(({ name, result }, i): Trace[] => {
    const color = SERIES[i % SERIES.length];
    const filled = result.bins.filter(({ count }) => count);
    const at = result.temperature === 1 ? "" : ` at temperature ${round(result.temperature, 2)}`;
    const label = `${escapeText(name)}${at}, ECE ${result.ece === null ? "none" : result.ece.toFixed(3)}`;
    return [
      {
        type: "scatter",
        mode: "lines+markers",
        name: label,
        legendgroup: label,
        line: { color },
        // A bin with few detections says little; its point is small.
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
        hovertemplate: "%{text}<br>mean score %{x}, share of hits %{y}<extra></extra>",
      },
      {
        type: "bar",
        name: label,
        legendgroup: label,
        showlegend: false,
        marker: { color },
        yaxis: "y2",
        x: result.bins.map(({ low, high }) => round((low + high) / 2)),
        y: result.bins.map(({ count }) => count),
        hovertemplate: "%{y} detections<extra></extra>",
      },
    ];
  });
  const perfect = diagonal("perfect calibration");
  const conditions = new Set(
    results.map(({ result }) => `scores from ${round(result.minScore)}, hits at IoU ${result.iou}`),
  );
  return figure(
    [perfect, ...traces],
    `Reliability of the scores (${Array.from(conditions).join("; ")})`,
    {
      ...SIZE,
      xaxis: axis("score", { range: [0, 1.02], anchor: "y2" }),
      yaxis: axis("share of hits", { domain: CURVES, range: [0, 1.05] }),
      yaxis2: axis("detections", { domain: COUNTS, rangemode: "tozero" }),
      barmode: "group",
      ...legendAbove([perfect, ...traces], SIZE.width),
    },
  );
}
