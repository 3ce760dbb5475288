/** How well the anchor shapes of a configuration fit the boxes of a data set. */
import { quantile } from "simple-statistics";
import type { AnchorConfig } from "../config/index";
import { percent } from "../util/percent";
import { anchorShapes, type Shape, shapeIou, shapeSize } from "./anchors";

/** A box whose best shape has a lower IoU with it, at the same center, is fitted badly. */
const GOOD_IOU = 0.5;
/** With a larger share of badly fitted boxes, other sizes are advised. */
const MANY = 0.1;
/** Quantiles of the sides of the boxes that the text names. */
const USUAL_SIDES = [0.05, 0.95];

/** The fit of anchor shapes to boxes. */
export interface AnchorFit {
  /** For each box, the highest IoU with a shape at the same center, in [0, 1]. */
  readonly bestIou: readonly number[];
  /** Number of boxes for which it is below 0.5. */
  readonly bad: number;
  /** Those of the badly fitted boxes that are smaller than the smallest anchor. */
  readonly small: number;
  /** Those of them that are larger than the largest anchor. */
  readonly large: number;
  /** For people to read. */
  readonly text: string;
}

/**
 * Compares boxes with the anchor shapes. The side of a box is the square root of its area.
 * @param sizes of the boxes, in pixels of the network's input
 * @example
 * console.log(anchorFit(sizes, presets.default.anchors).text);
 */
export function anchorFit(sizes: readonly Shape[], config: AnchorConfig): AnchorFit {
  const shapes = anchorShapes(config);
  const bestIou = sizes.map((size) => Math.max(...shapes.map((shape) => shapeIou(size, shape))));
  const [smallest, largest] = [Math.min(...config.sizes), Math.max(...config.sizes)];
  const badSides = sizes.filter((_, i) => bestIou[i] < GOOD_IOU).map(shapeSize);
  const small = badSides.filter((side) => side < smallest).length;
  const large = badSides.filter((side) => side > largest).length;
  const bad = badSides.length;
  if (!sizes.length) return { bestIou, bad, small, large, text: "There are no boxes." };
  const [from, to] = USUAL_SIDES.map((part) => Math.round(quantile(sizes.map(shapeSize), part)));
  const good = sizes.length - bad;
  const text = [
    `Sides of 90 % of the boxes: ${from} to ${to} pixels of the network's input. Sides of the anchors: ${smallest} to ${largest}.`,
    `${good} of ${sizes.length} boxes (${percent(good / sizes.length)}) have an anchor shape with an IoU of ${GOOD_IOU} or more.`,
    ...(bad > MANY * sizes.length ? [advice({ bad, small, large })] : []),
  ].join("\n");
  return { bestIou, bad, small, large, text };
}

function advice({ bad, small, large }: Pick<AnchorFit, "bad" | "small" | "large">): string {
  return (
    `Of the other ${bad}, ${small} are smaller than the smallest anchor and ${large} larger than the largest: they are hard to learn. ` +
    "Other sizes: configure(config, { anchors: { sizes } }) in a notebook, --config in a command."
  );
}
