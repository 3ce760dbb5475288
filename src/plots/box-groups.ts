/** Boxes of one kind. A kind has the same color and line in every figure. */
import type { Box } from "../types";
import { COLORS } from "./figure";
import { sizeText } from "./hover-text";

/** How the boxes of a group are drawn. */
export interface BoxStyle {
  readonly color: string;
  /** Boxes before refinement are dotted, boxes after it solid. */
  readonly dash: "solid" | "dash" | "dot";
  /** Of the line, in pixels of the screen; 2 by default. */
  readonly width?: number;
}

/** A style with its name in the legend. */
export interface BoxKind extends BoxStyle {
  readonly name: string;
}

/** Boxes of one kind. */
export interface BoxGroup<B extends Box = Box> extends BoxKind {
  readonly boxes: readonly LabeledBox<B>[];
}

/** A box with its texts. */
export interface LabeledBox<B extends Box = Box> {
  /** In the frame of the picture under it. */
  readonly box: B;
  /** Lines of the hover text. */
  readonly hover: readonly string[];
  /** Short text at the upper left corner of the box. */
  readonly label?: string;
}

/** Gives the lines of the hover text of the i-th box, without its kind and its size. */
type HoverLines = (index: number) => readonly string[];

const NO_LINES: HoverLines = () => [];

/** A broad line under all other boxes, which is visible around a box that fits well. */
const GROUND_TRUTH: BoxKind = {
  name: "ground truth",
  color: COLORS.green,
  dash: "solid",
  width: 4,
};

/** The ground truth of an image. Put it before the groups that are drawn over it. */
export function groundTruthGroup<B extends Box>(
  boxes: readonly B[],
  hover: HoverLines = NO_LINES,
): BoxGroup<B> {
  return boxGroup(GROUND_TRUTH, boxes, hover);
}

/** Boxes of one kind; their hover texts begin with its name and end with their size. */
export function boxGroup<B extends Box>(
  kind: BoxKind,
  boxes: readonly B[],
  hover: HoverLines = NO_LINES,
): BoxGroup<B> {
  return {
    ...kind,
    boxes: boxes.map((box, i) => ({ box, hover: [kind.name, ...hover(i), sizeText(box)] })),
  };
}

/** The group with a label at each box. */
export function withLabels<B extends Box>(
  group: BoxGroup<B>,
  label: (index: number) => string,
): BoxGroup<B> {
  return { ...group, boxes: group.boxes.map((box, i) => ({ ...box, label: label(i) })) };
}
