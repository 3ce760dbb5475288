/** Figures of summary metrics with confidence intervals, of single runs and of differences. */
import type {
  PairedComparison,
  PairedDifference,
  SummaryInterval,
  SummaryIntervals,
} from "../metrics/bootstrap";
import { unitsText } from "../metrics/images-by-patient";
import { summaryMetrics } from "../metrics/summary-metrics";
import {
  axis,
  COLORS,
  escapeText,
  type Figure,
  figure,
  type Layout,
  round,
  SERIES,
  TEXT_COLOR,
  type Trace,
} from "./figure";
import { legendAbove } from "./legend";
import { textWidth } from "./text-width";

/** Lengths in pixels. */
const WIDTH = 760;
const ROW = 30;
const MARGINS = 150;
const LABEL_SIZE = 12;
/** Tick and distances beside a label. */
const TICK = 15;
/** Part of a row that the points of several runs take. */
const SPREAD = 0.36;

/** The intervals of a run and its name in the legend. */
export interface NamedIntervals {
  readonly name: string;
  readonly intervals: SummaryIntervals;
}

/** The ends of an interval; null where there is none. */
interface Ends {
  readonly low: number | null;
  readonly high: number | null;
}

interface Point extends Ends {
  readonly row: number;
  readonly value: number;
  readonly text: string;
}

/**
 * A row for each summary metric and a point for each run, with its interval as a bar. A metric that
 * no run has is left out.
 * @example
 * const intervals = summaryIntervals(groundTruths, { detections, scoreThreshold: 0.5 }, { seed: 1 });
 * await show(figures.summaryIntervals([{ name: "this run", intervals }]));
 */
export function summaryIntervals(runs: readonly NamedIntervals[]): Figure {
  const names = summaryMetrics()
    .map(({ name }) => name)
    .filter((name) => runs.some(({ intervals }) => metricOf(intervals, name)?.value != null));
  const traces = runs.map(({ name, intervals }, i) => {
    const shift = runs.length > 1 ? SPREAD * (i / (runs.length - 1) - 1 / 2) : 0;
    const points = names.flatMap((metricName, row): Point[] => {
      const metric = metricOf(intervals, metricName);
      if (!metric || metric.value === null) return [];
      const { value, low, high } = metric;
      const condition = isAtThreshold(metricName)
        ? `, threshold ${round(intervals.scoreThreshold)}`
        : "";
      const text = `${metricName}${condition}: ${valueText(value, metric)}`;
      return [{ value, low, high, row: row + shift, text }];
    });
    const label = `${name} (threshold ${round(intervals.scoreThreshold)})`;
    return pointTrace(label, SERIES[i % SERIES.length], points);
  });
  const [first] = runs;
  const title = first ? `Summary metrics with ${conditions(first.intervals)}` : "Summary metrics";
  return figure(traces, title, {
    ...rows(names.map(rowText), traces),
    xaxis: axis("", { range: [0, 1.02], dtick: 0.1 }),
  });
}

/** What an interval says of a difference, with its name and color. */
const SIDES = {
  better: { name: "second better", color: COLORS.blue },
  worse: { name: "second worse", color: COLORS.vermilion },
  open: { name: "no difference shown", color: TEXT_COLOR },
} as const;
type Side = keyof typeof SIDES;

/**
 * A row for each summary metric: the second run minus the first, with the interval of the
 * difference. A row is in color where its interval does not hold 0.
 * @param names of the first and of the second run
 * @example
 * const comparison = compareSummaries(groundTruths, [first, second], { seed: 1 });
 * await show(figures.pairedDifferences(comparison, ["default", "accurate"]));
 */
export function pairedDifferences(
  comparison: PairedComparison,
  names: readonly [string, string],
): Figure {
  const [first, second] = names.map(escapeText);
  const present = comparison.figures.filter(({ difference }) => difference !== null);
  const points = present.map((metric, row) => {
    const { low, high } = metric;
    const text = differenceText(metric, [first, second]);
    return { row, value: metric.difference!, low, high, side: sideOf(metric), text };
  });
  const traces = (Object.keys(SIDES) as Side[])
    .map((side) => ({ ...SIDES[side], points: points.filter((point) => point.side === side) }))
    .filter((group) => group.points.length)
    .map((group) => pointTrace(group.name, group.color, group.points));
  const [a, b] = comparison.scoreThresholds.map((threshold) => round(threshold));
  return figure(traces, `${second} against ${first}, ${conditions(comparison)}`, {
    ...rows(
      present.map(({ name }) => rowText(name)),
      traces,
    ),
    xaxis: axis(`${second} (threshold ${b}) minus<br>${first} (threshold ${a})`, {
      zeroline: true,
      zerolinecolor: TEXT_COLOR,
      zerolinewidth: 2,
    }),
  });
}

function sideOf({ low, high }: Ends): Side {
  if (low !== null && low > 0) return "better";
  return high !== null && high < 0 ? "worse" : "open";
}

function differenceText(
  metric: PairedDifference,
  [first, second]: readonly [string, string],
): string {
  const { name, difference, secondBetter } = metric;
  return [
    `${name}: ${valueText(difference!, metric)}`,
    `${first} ${round(metric.first!)}, ${second} ${round(metric.second!)}`,
    ...(secondBetter === null
      ? []
      : [`the second is better in ${round(100 * secondBetter, 1)} % of resamples`]),
  ].join("<br>");
}

function pointTrace(name: string, color: string, points: readonly Point[]): Trace {
  // Without an interval the bar has length 0.
  const length = (from: number | null, to: number | null) =>
    from === null || to === null ? 0 : round(Math.max(0, to - from), 4);
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
      array: points.map(({ value, high }) => length(value, high)),
      arrayminus: points.map(({ value, low }) => length(low, value)),
      thickness: 2,
      width: 5,
      color,
    },
    text: points.map(({ text }) => text),
    hovertemplate: "%{text}<extra></extra>",
  };
}

/** A layout with one row for each name, and a legend above the rows. */
function rows(names: readonly string[], traces: readonly Trace[]): Layout {
  const labels = Math.max(0, ...names.map((name) => textWidth(name, LABEL_SIZE)));
  return {
    ...legendAbove(traces, WIDTH, TICK + labels),
    yaxis: axis("", {
      tickvals: names.map((_, row) => row),
      ticktext: names,
      range: [names.length - 0.5, -0.5],
      zeroline: false,
    }),
    width: WIDTH,
    height: MARGINS + ROW * names.length,
  };
}

function rowText(name: string): string {
  return isAtThreshold(name) ? `${name} at the threshold` : name;
}

/** Whether a metric depends on the score threshold. */
function isAtThreshold(name: string): boolean {
  return summaryMetrics().some((metric) => metric.name === name && metric.atThreshold);
}

function valueText(value: number, { low, high }: Ends): string {
  return low === null || high === null
    ? `${round(value)}, no interval`
    : `${round(value)} (${round(low)} to ${round(high)})`;
}

/** `95 % intervals over 9 patients` */
function conditions({
  confidence,
  ...units
}: Pick<SummaryIntervals, "confidence" | "patients" | "grouped">): string {
  return `${round(100 * confidence, 1)} % intervals over ${unitsText(units)}`;
}

function metricOf(intervals: SummaryIntervals, name: string): SummaryInterval | undefined {
  return intervals.figures.find((metric) => metric.name === name);
}
