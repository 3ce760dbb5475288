/** Figures of the plan of the preset `auto`. */
import { type Shape, shapeSize } from "../boxes/anchors";
import type { Config } from "../config/index";
import { strideOfLevel } from "../detectors/faster-rcnn/pyramid-neck";
import { axis, COLORS, type Figure, figure, round, SERIES } from "./figure";
import { legendAbove } from "./legend";

/** Number of bars of the histogram, about. */
const BARS = 30;
const WIDTH = 720;

/**
 * The sizes of ground-truth boxes, and the anchor sizes of each level below them. The size of a box
 * is the square root of its area.
 * @param boxes in pixels of the network's input
 * @example
 * const boxes = await networkBoxSizes(train, plan.config.data);
 * await show(figures.plannedAnchors(boxes, plan.config));
 */
export function plannedAnchors(
  boxes: readonly Shape[],
  { anchors, neck }: Pick<Config, "anchors" | "neck">,
): Figure {
  const levels = neck.kind === "pyramid" ? neck.levels : [null];
  const perLevel = anchors.sizes.length / levels.length;
  const traces = [
    {
      type: "histogram",
      name: "boxes",
      marker: { color: COLORS.blue },
      nbinsx: BARS,
      x: boxes.map((box) => round(shapeSize(box), 1)),
    },
    ...levels.map((level, i) => {
      const sizes = anchors.sizes.slice(perLevel * i, perLevel * (i + 1));
      return {
        type: "scatter",
        mode: "markers",
        name: level === null ? "anchors" : `anchors at stride ${strideOfLevel(level)}`,
        marker: { symbol: "triangle-up", size: 14, color: SERIES[(i + 1) % SERIES.length] },
        cliponaxis: false,
        hovertemplate: "%{x} pixels<extra>%{fullData.name}</extra>",
        x: sizes,
        y: sizes.map(() => 0),
      };
    }),
  ];
  return figure(traces, "Sizes of boxes and of the planned anchors", {
    ...legendAbove(traces, WIDTH),
    xaxis: axis("size (pixels of the network's input)", { rangemode: "tozero" }),
    yaxis: axis("boxes"),
  });
}
