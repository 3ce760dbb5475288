/** The ratios of the bench as a figure. Bars that end left of 1 are better than the reference. */
import { axis, COLORS, Figure, figure, round } from "../src/plots/figure";
import type { CaseResult } from "./run-case";

const ROW_HEIGHT = 34;
const MARGIN_HEIGHT = 150;
const WIDTH = 900;
/** Space for the titles at the left of the bars. */
const TITLE_WIDTH = 60;

/** Time and peak memory of each case divided by those of the reference, on a logarithmic axis. */
export function ratioFigure(cases: readonly CaseResult[]): Figure {
  const labels = cases.map(({ name }) => name).reverse();
  const bar = (name: string, color: string, ratio: (result: CaseResult) => number) => ({
    type: "bar",
    orientation: "h",
    name,
    marker: { color },
    y: labels,
    x: cases.map((result) => round(ratio(result), 3)).reverse(),
    text: cases.map((result) => ratio(result).toFixed(2)).reverse(),
    textposition: "outside",
    cliponaxis: false,
    hovertemplate: "%{y}: %{x}<extra></extra>",
  });
  const ratios = cases.flatMap((result) => [
    result.ratio,
    result.oursPeakMiB / result.referencePeakMiB,
  ]);
  // On a logarithmic axis bars begin at the left end. The range leaves space for bars and numbers.
  const range = [
    Math.floor(Math.log10(Math.min(0.5, ...ratios) / 2)),
    Math.log10(Math.max(2, ...ratios) * 2),
  ];
  return figure(
    [
      bar("time", COLORS.blue, ({ ratio }) => ratio),
      bar("peak memory", COLORS.orange, (result) => result.oursPeakMiB / result.referencePeakMiB),
    ],
    "This project over the reference (left of the line is better)",
    {
      barmode: "group",
      width: WIDTH,
      height: MARGIN_HEIGHT + ROW_HEIGHT * cases.length,
      xaxis: axis("ratio", { type: "log", range, dtick: 1 }),
      yaxis: axis("", { automargin: true }),
      legend: { orientation: "h", y: 1, yanchor: "bottom", x: 1, xanchor: "right" },
      margin: { l: TITLE_WIDTH, r: 40, t: 80, b: 60 },
      shapes: [
        {
          type: "line",
          x0: 1,
          x1: 1,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { color: COLORS.vermilion, dash: "dot" },
        },
      ],
    },
  );
}
