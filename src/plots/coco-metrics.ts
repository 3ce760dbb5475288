/** The figure of COCO's metrics by box size and by number of detections. */
import type { CocoMetrics } from "../metrics/coco-metrics";
import { axis, escapeText, type Figure, figure, roundOrNull, type Trace } from "./figure";
import { legendAbove } from "./legend";

const SIZE = { width: 820, height: 400 } as const;

/** The metric of each bar, and its name. */
const BARS: readonly (readonly [keyof CocoMetrics, string])[] = [
  ["APsmall", "AP small"],
  ["APmedium", "AP medium"],
  ["APlarge", "AP large"],
  ["AR1", "AR, 1"],
  ["AR10", "AR, 10"],
  ["AR100", "AR, 100"],
  ["ARsmall", "AR small"],
  ["ARmedium", "AR medium"],
  ["ARlarge", "AR large"],
];

/** Metrics and their name in the legend. */
export interface NamedCocoMetrics {
  readonly name: string;
  readonly metrics: CocoMetrics;
}

/**
 * Average precision by box size, and average recall by box size and by the number of detections per
 * image. A metric without boxes has no bar.
 * @example
 * const { classAgnostic } = computeMetrics(groundTruths, detections, dataset.classNames);
 * await show(figures.cocoMetrics([{ name: "class-agnostic", metrics: classAgnostic }]));
 */
export function cocoMetrics(results: readonly NamedCocoMetrics[]): Figure {
  const traces = results.map(({ name, metrics }): Trace => {
    const y = BARS.map(([key]) => roundOrNull(metrics[key]));
    return {
      type: "bar",
      name: escapeText(name),
      x: BARS.map(([, label]) => label),
      y,
      text: y.map((value) => value?.toFixed(2) ?? ""),
      textposition: "outside",
    };
  });
  return figure(
    traces,
    "AP and average recall by box size (32² and 96² pixels) and number of detections",
    {
      ...SIZE,
      ...legendAbove(traces, SIZE.width),
      yaxis: axis("mean over IoU 0.50 to 0.95", { range: [0, 1.1] }),
      barmode: "group",
      bargroupgap: 0.05,
    },
  );
}
