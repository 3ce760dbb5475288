/** The figure of recall by size, position and contrast of the tumors. */
import { type FactorGroup, FACTORS, type RecallByFactor } from "../metrics/recall-by-factor";
import { axis, COLORS, type Figure, figure, round, TEXT_COLOR, type Trace } from "./figure";
import { legendAbove } from "./legend";

/** Lengths in pixels. */
const WIDTH = 720;
const PANEL_HEIGHT = 250;
const MARGINS = 130;
/** Part of a panel that its axis title and labels take. */
const LABELS_PART = 0.4;
/** Values below it have two decimals in the labels. */
const SMALL = 2;

/**
 * The recall of tumors with its 95 % interval, and the mean IoU of the found ones, for groups of
 * tumors that are alike in size, position or contrast.
 * @example
 * const recall = recallByFactor(groundTruths, detections, { scoreThreshold: 0.5 });
 * await show(figures.recallByFactor(recall));
 */
export function recallByFactor({ factors, scoreThreshold, iou }: RecallByFactor): Figure {
  const axes: Record<string, unknown> = {};
  const data = factors.flatMap(({ factor, groups }, i): Trace[] => {
    const id = i ? String(i + 1) : "";
    const bottom = 1 - (i + 1) / factors.length;
    axes[`xaxis${id}`] = axis(FACTORS[factor], { type: "category", anchor: `y${id}` });
    axes[`yaxis${id}`] = axis("", {
      domain: [bottom + LABELS_PART / factors.length, 1 - i / factors.length],
      range: [0, 1.05],
    });
    const labels = groups.map(
      ({ low, high, found, boxes }) =>
        `${numberText(low)} to ${numberText(high)}<br>${found} of ${boxes} found`,
    );
    const common = { x: labels, xaxis: `x${id}`, yaxis: `y${id}`, showlegend: i === 0 };
    return [
      {
        type: "bar",
        name: "recall (95 % interval)",
        legendgroup: "recall",
        ...common,
        y: groups.map(({ sensitivity }) => round(sensitivity)),
        error_y: {
          type: "data",
          symmetric: false,
          array: groups.map((group) => intervalLength(group, 1)),
          arrayminus: groups.map((group) => intervalLength(group, 0)),
          thickness: 1.5,
          color: TEXT_COLOR,
        },
        marker: { color: COLORS.blue },
        hovertemplate: "%{x}<br>recall %{y}<extra></extra>",
      },
      {
        type: "scatter",
        mode: "markers",
        name: "mean IoU of the found tumors",
        legendgroup: "iou",
        ...common,
        y: groups.map(({ meanIou }) => (meanIou === null ? null : round(meanIou))),
        marker: { color: COLORS.orange, size: 9 },
        hovertemplate: "%{x}<br>mean IoU %{y}<extra></extra>",
      },
    ];
  });
  return figure(
    data,
    `Recall by kind of tumor (scores from ${round(scoreThreshold, 2)}, IoU from ${iou})`,
    {
      ...axes,
      ...legendAbove(data, WIDTH),
      width: WIDTH,
      height: MARGINS + PANEL_HEIGHT * factors.length,
    },
  );
}

/** From the recall to the lower (0) or upper (1) end of its interval. */
function intervalLength({ sensitivity, interval }: FactorGroup, end: 0 | 1): number {
  return round(Math.abs(interval[end] - sensitivity));
}

function numberText(value: number): string {
  return String(round(value, Math.abs(value) < SMALL ? 2 : 0));
}
