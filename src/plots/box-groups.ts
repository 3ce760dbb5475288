/** How each kind of box is drawn, the same in every figure: color, line and hover text. */
import type { Box } from "../types";
import { COLORS, round } from "./figure";
import type { BoxGroup } from "./panels";

/**
 * Truth is a broad band under everything else, so that it is seen around a box that fits it well.
 */
const TRUTH = { color: COLORS.green, dash: "solid", width: 4 } as const;

/**
 * The truth of an image, for panels: the first of their groups. `hover` is what its hover texts
 * say besides the size.
 */
export function groundTruthGroup(
  boxes: readonly Box[],
  hover: (index: number) => readonly string[] = () => [],
): BoxGroup {
  const shown = boxes.map((box, i) => ({
    box,
    hover: ["ground truth", ...hover(i), sizeText(box)],
  }));
  return { name: "ground truth", ...TRUTH, boxes: shown };
}

/**
 * Boxes of one kind, for panels: dotted before refinement, solid after it. `hover` is said besides
 * name and size.
 */
export function boxGroup(
  name: string,
  style: Pick<BoxGroup, "color" | "dash" | "width">,
  boxes: readonly Box[],
  hover: (index: number) => readonly string[] = () => [],
): BoxGroup {
  return {
    name,
    ...style,
    boxes: boxes.map((box, i) => ({ box, hover: [name, ...hover(i), sizeText(box)] })),
  };
}

/** `31 × 42 pixels` */
export function sizeText(box: Box): string {
  return `${round(box[2] - box[0], 1)} × ${round(box[3] - box[1], 1)} pixels`;
}

/** `count` items at even distances. */
export function spread<T>(items: ArrayLike<T>, count: number): T[] {
  const all = Array.from(items);
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
}

/** The last part of a path: what a panel's title has room for. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
