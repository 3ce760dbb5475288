/** Headline figures with their intervals, and the differences of two runs with theirs. */
import type { SummaryIntervals, PairedComparison } from "../metrics/bootstrap";
import { summaryMetrics } from "../metrics/summary-metrics";
import {
  axis,
  COLORS,
  escapeText,
  Figure,
  figure,
  round,
  SERIES,
  TEXT_COLOR,
  Trace,
} from "./figure";

/** Height of a figure of merit in pixels, and what the axis and the title take. */
const ROW = 30;
const FRAME = 150;
/** Part of a row that the runs share. */
const SPREAD = 0.36;
/** One line above the plot, which needs the width for its names. */
const LEGEND = { orientation: "h", x: 0, y: 1, yanchor: "bottom" };

export interface NamedIntervals {
  readonly name: string;
  readonly intervals: SummaryIntervals;
}

interface Point {
  readonly row: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly text: string;
}

/** A row a figure, a dot a run with its interval as a bar; figures that no run has are left out. */
export function summaryIntervals(runs: readonly NamedIntervals[]): Figure {
  const names = summaryMetrics()
    .map(({ name }) => name)
    .filter((name) => runs.some(({ intervals }) => valueOf(intervals, name)?.value != null));
  const traces = runs.map(({ name, intervals }, i) => {
    const shift = runs.length > 1 ? SPREAD * (i / (runs.length - 1) - 1 / 2) : 0;
    const points = names.flatMap((headline, row): Point[] => {
      const own = valueOf(intervals, headline);
      if (!own || own.value === null) return [];
      const at = isAtThreshold(headline) ? `, threshold ${round(intervals.scoreThreshold)}` : "";
      return [
        {
          ...own,
          value: own.value,
          row: row + shift,
          text: `${headline}${at}: ${spoken(own.value, own)}`,
        },
      ];
    });
    return dots(
      `${name} (threshold ${round(intervals.scoreThreshold)})`,
      SERIES[i % SERIES.length],
      points,
    );
  });
  const [first] = runs;
  const title = first ? `Headline figures with ${conditions(first.intervals)}` : "Headline figures";
  return figure(traces, title, {
    xaxis: axis("", { range: [0, 1.02], dtick: 0.1 }),
    ...rows(names.map(atThreshold)),
    showlegend: true,
    legend: LEGEND,
  });
}

/**
 * A row a figure: the second run's minus the first's, with its interval. Where that leaves 0 out,
 * the row is in color.
 */
export function pairedDifferences(
  comparison: PairedComparison,
  [first, second]: readonly [string, string],
): Figure {
  const figures = comparison.figures.filter(({ difference }) => difference !== null);
  const points = figures.map((own, row): Point & { readonly side: Side } => ({
    row,
    value: own.difference!,
    low: own.low,
    high: own.high,
    side:
      own.low !== null && own.low > 0
        ? "better"
        : own.high !== null && own.high < 0
          ? "worse"
          : "open",
    text:
      `${own.name}: ${spoken(own.difference!, own)}<br>${escapeText(first)} ${round(own.first!)}, ${escapeText(second)} ${round(own.second!)}` +
      (own.secondBetter === null
        ? ""
        : `<br>the second is better in ${round(100 * own.secondBetter, 1)} % of resamples`),
  }));
  const sides = [
    dots(
      "second better",
      COLORS.blue,
      points.filter(({ side }) => side === "better"),
    ),
    dots(
      "second worse",
      COLORS.vermilion,
      points.filter(({ side }) => side === "worse"),
    ),
    dots(
      "no difference shown",
      TEXT_COLOR,
      points.filter(({ side }) => side === "open"),
    ),
  ];
  const [a, b] = comparison.scoreThresholds.map((threshold) => round(threshold));
  return figure(
    sides.filter(({ x }) => (x as number[]).length),
    `${escapeText(second)} against ${escapeText(first)}, ${conditions(comparison)}`,
    {
      xaxis: axis(
        `${escapeText(second)} (threshold ${b}) minus ${escapeText(first)} (threshold ${a})`,
        {
          zeroline: true,
          zerolinecolor: TEXT_COLOR,
          zerolinewidth: 2,
        },
      ),
      ...rows(figures.map(({ name }) => name).map(atThreshold)),
      showlegend: true,
      legend: LEGEND,
    },
  );
}

type Side = "better" | "worse" | "open";

function dots(name: string, color: string, points: readonly Point[]): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name: escapeText(name),
    marker: { size: 9, color },
    x: points.map(({ value }) => round(value, 4)),
    y: points.map(({ row }) => round(row)),
    error_x: {
      type: "data",
      symmetric: false,
      // Without an interval there is no bar.
      array: points.map(({ value, high }) =>
        high === null ? 0 : round(Math.max(0, high - value), 4),
      ),
      arrayminus: points.map(({ value, low }) =>
        low === null ? 0 : round(Math.max(0, value - low), 4),
      ),
      thickness: 2,
      width: 5,
      color,
    },
    text: points.map(({ text }) => text),
    hovertemplate: "%{text}<extra></extra>",
  };
}

function rows(names: readonly string[]): object {
  return {
    yaxis: axis("", {
      tickvals: names.map((_, row) => row),
      ticktext: names,
      range: [names.length - 0.5, -0.5],
      zeroline: false,
    }),
    height: FRAME + ROW * names.length,
  };
}

function atThreshold(name: string): string {
  return isAtThreshold(name) ? `${name} at the threshold` : name;
}

function isAtThreshold(name: string): boolean {
  return summaryMetrics().some((metric) => metric.name === name && metric.atThreshold);
}

function spoken(
  value: number,
  { low, high }: { readonly low: number | null; readonly high: number | null },
): string {
  return low === null || high === null
    ? `${round(value)}, no interval`
    : `${round(value)} (${round(low)} to ${round(high)})`;
}

function conditions({
  confidence,
  patients,
}: {
  readonly confidence: number;
  readonly patients: number;
}): string {
  return `${round(100 * confidence, 1)} % intervals over ${patients} ${patients === 1 ? "patient" : "patients"}`;
}

function valueOf(
  { figures }: SummaryIntervals,
  name: string,
): SummaryIntervals["figures"][number] | undefined {
  return figures.find((own) => own.name === name);
}
