/** Finds sizes and ratios of anchors that fit the boxes of a data set, by k-means on IoU. */
import { anchorShapes, kMeansAnchors, type Shape, shapeIou, shapeSize } from "../boxes/anchors";
import { MAX_RATIO } from "../config/schema";
import { Random } from "../util/random";
import { quantile } from "./quantiles";

/** A box is covered when an anchor shape with the same center has at least this IoU. */
export const COVERED_IOU = 0.7;

/** Fraction of the boxes that must be covered. */
export const COVERED_FRACTION = 0.95;

/** Most ratios; more would fit single boxes. */
const MAX_RATIOS = 3;

/** With fewer boxes for each cluster, sizes are spread evenly instead. */
const MIN_BOXES_PER_CLUSTER = 3;

/** Sizes that are spread evenly lie between these quantiles. */
const SPREAD = [0.1, 0.9] as const;

/** Sizes and ratios, and the boxes that they cover. */
export interface FittedAnchors {
  /** In pixels, by rising size within each group. */
  readonly sizes: number[];
  readonly ratios: number[];
  /** Fraction of the boxes with an IoU of at least `COVERED_IOU`. */
  readonly covered: number;
}

/** Options of `fitAnchors`. */
export interface FitOptions {
  /** Smallest and largest number of sizes of each group. */
  readonly sizes: readonly [number, number];
  readonly seed: number;
}

/**
 * Finds the fewest sizes and ratios that cover the stated fraction of the boxes. The number of
 * anchors at a cell grows until they do, or until the largest number.
 * @param groups the boxes of each level of a pyramid, in pixels of the network's input; one group
 * without a pyramid. A group may be empty.
 * @example
 * const { sizes, ratios } = fitAnchors([shapes], { sizes: [3, 7], seed: 1 });
 */
export function fitAnchors(
  groups: readonly (readonly Shape[])[],
  { sizes: [fewest, most], seed }: FitOptions,
): FittedAnchors {
  const all = groups.flat();
  const counts = Array.from({ length: most - fewest + 1 }, (_, i) => fewest + i).flatMap((count) =>
    Array.from({ length: MAX_RATIOS }, (_, i) => ({ count, ratioCount: i + 1 })),
  );
  // At equal numbers of anchors, more sizes are tried first: a size that is wrong costs more IoU.
  counts.sort((a, b) => a.count * a.ratioCount - b.count * b.ratioCount || b.count - a.count);
  let best: FittedAnchors | null = null;
  for (const { count, ratioCount } of counts) {
    const ratios = fitRatios(all, ratioCount, seed);
    const ofGroups = groups.map((group) => fitSizes(group.length ? group : all, count, seed));
    // Boxes of one size give equal sizes. Every level of a pyramid must have as many.
    const sizes = groups.length === 1 ? [...new Set(ofGroups[0])] : ofGroups.flat();
    const shapes = anchorShapes({ sizes, ratios, placement: "center" });
    const covered =
      all.filter((box) => shapes.some((shape) => shapeIou(box, shape) >= COVERED_IOU)).length /
      all.length;
    if (!best || covered > best.covered) best = { sizes, ratios, covered };
    if (covered >= COVERED_FRACTION) break;
  }
  return best!;
}

/** The centers of the sizes, as whole pixels by rising size. */
function fitSizes(boxes: readonly Shape[], count: number, seed: number): number[] {
  const sizes = boxes.map(shapeSize);
  const fitted =
    sizes.length < MIN_BOXES_PER_CLUSTER * count
      ? spreadEvenly(sizes, count)
      : kMeansAnchors(
          sizes.map((size) => ({ width: size, height: size })),
          count,
          new Random(seed),
        ).shapes.map(({ width }) => width);
  return fitted.map((size) => Math.max(1, Math.round(size)));
}

/** Sizes with equal factors between them. */
function spreadEvenly(sizes: readonly number[], count: number): number[] {
  const [low, high] = SPREAD.map((fraction) => quantile(sizes, fraction));
  if (count === 1) return [Math.sqrt(low * high)];
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/** The centers of the ratios height / width, by rising ratio. */
function fitRatios(boxes: readonly Shape[], count: number, seed: number): number[] {
  if (boxes.length < MIN_BOXES_PER_CLUSTER * count) return [1];
  // Boxes of equal area: only their ratio counts.
  const shapes = boxes.map(({ width, height }) => {
    const root = Math.sqrt(height / width);
    return { width: 1 / root, height: root };
  });
  // A cluster that is flatter or taller than a configuration allows gets the nearest ratio.
  const ratios = kMeansAnchors(shapes, count, new Random(seed)).shapes.map(({ width, height }) => {
    const ratio = Math.round((100 * height) / width) / 100;
    return Math.min(MAX_RATIO, Math.max(1 / MAX_RATIO, ratio));
  });
  return [...new Set(ratios)].sort((a, b) => a - b);
}
