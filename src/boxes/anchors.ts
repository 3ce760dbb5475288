/**
 * Anchors (Faster R-CNN, section 3.1.1): boxes with a few fixed shapes at every cell of the feature
 * map. The network predicts how to move each of them onto an object.
 */
import type { AnchorConfig } from "../config/index";
import type { Random } from "../util/random";
import type { NetworkBoxes } from "../types";

/** Width and height, in pixels of the network's input. */
export interface Shape {
  readonly width: number;
  readonly height: number;
}

/** The size of a shape: the side of the square with its area, in the unit of its sides. */
export function shapeSize({ width, height }: Shape): number {
  return Math.sqrt(width * height);
}

/** The number of anchors at each cell of a single map. */
export function anchorsPerCell(config: AnchorConfig): number {
  return config.sizes.length * config.ratios.length;
}

/**
 * The shapes of the anchors at each cell, in their order: size by size, and ratio by ratio for each
 * size. The area is the square of the size, and height / width is the ratio.
 */
export function anchorShapes(config: AnchorConfig): Shape[] {
  return config.sizes.flatMap((size) =>
    config.ratios.map((ratio) => ({
      width: size / Math.sqrt(ratio),
      height: size * Math.sqrt(ratio),
    })),
  );
}

/** The cells of a feature map. */
export interface AnchorGrid {
  /** Pixels of the network's input from one cell to the next. */
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Makes the anchors of a feature map, in the order of the network's outputs: row by row, column by
 * column, shape by shape. Anchors at the border extend beyond the image.
 * @param config sizes, ratios and placement
 * @param grid the feature map
 * @param grid.stride pixels of the network's input from one cell to the next
 * @param grid.rows number of rows of cells
 * @param grid.columns number of columns of cells
 * @returns `[rows * columns * shapes, 4]`
 * @example
 * const anchors = generateAnchors(presets.default.anchors, { stride: 8, rows: 40, columns: 40 });
 */
export function generateAnchors(
  config: AnchorConfig,
  { stride, rows, columns }: AnchorGrid,
): NetworkBoxes {
  const shapes = anchorShapes(config);
  const offset = config.placement === "center" ? 0.5 : 0;
  const anchors = new Float32Array(4 * rows * columns * shapes.length);
  let i = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = (column + offset) * stride;
      const y = (row + offset) * stride;
      for (const { width, height } of shapes) {
        anchors[i++] = x - width / 2;
        anchors[i++] = y - height / 2;
        anchors[i++] = x + width / 2;
        anchors[i++] = y + height / 2;
      }
    }
  }
  return anchors;
}

/** The result of `kMeansAnchors`. */
export interface AnchorClusters {
  /** The shapes, by rising area. */
  readonly shapes: Shape[];
  /**
   * Mean over the boxes of the IoU with the best shape, when both have the same center, in [0, 1].
   */
  readonly meanIou: number;
}

/** IoU of two shapes that have the same center, in [0, 1]. */
export function shapeIou(a: Shape, b: Shape): number {
  const intersection = Math.min(a.width, b.width) * Math.min(a.height, b.height);
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

/**
 * Largest number of rounds. With the distance 1 - IoU, the mean of a cluster is not always its best
 * center, so that k-means can repeat the same states without end.
 */
const MAX_ROUNDS = 300;

/** Centers that move less than this, in IoU, are settled. */
const SETTLED = 1e-9;

/**
 * Finds shapes that fit the boxes of a data set: k-means with the distance 1 - IoU, with which
 * small boxes count as much as large ones (YOLO9000, Redmon & Farhadi 2017, section 2, "Dimension
 * Clusters").
 * @param sizes of the ground-truth boxes
 * @param k number of clusters
 * @param random draws the first centers, each far from the previous ones (k-means++)
 * @throws when k is not a positive whole number, or when there are fewer boxes than clusters
 * @example
 * const { shapes, meanIou } = kMeansAnchors(boxSizes, 5, new Random(1));
 */
export function kMeansAnchors(sizes: readonly Shape[], k: number, random: Random): AnchorClusters {
  if (!(Number.isInteger(k) && k > 0))
    throw new Error(`kMeansAnchors: k is ${k}: it must be a whole number from 1 up`);
  if (sizes.length < k)
    throw new Error(
      `kMeansAnchors: ${k} clusters need at least ${k} boxes, and there are ${sizes.length}`,
    );
  let centers = firstCenters(sizes, k, random);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const members: Shape[][] = centers.map(() => []);
    for (const size of sizes) members[nearest(size, centers)].push(size);
    const moved = centers.map((center, i) =>
      members[i].length
        ? {
            width: mean(members[i].map((m) => m.width)),
            height: mean(members[i].map((m) => m.height)),
          }
        : center,
    );
    const settled = moved.every((center, i) => shapeIou(center, centers[i]) > 1 - SETTLED);
    centers = moved;
    if (settled) break;
  }
  centers.sort((a, b) => a.width * a.height - b.width * b.height);
  return {
    shapes: centers,
    meanIou: mean(sizes.map((size) => shapeIou(size, centers[nearest(size, centers)]))),
  };
}

/** Draws each next center with a probability that grows with its distance from the others. */
function firstCenters(sizes: readonly Shape[], k: number, random: Random): Shape[] {
  const centers = [sizes[random.integer(sizes.length)]];
  while (centers.length < k) {
    const distances = sizes.map(
      (size) => (1 - shapeIou(size, centers[nearest(size, centers)])) ** 2,
    );
    let target = random.uniform() * distances.reduce((sum, distance) => sum + distance, 0);
    let chosen = 0;
    while (chosen < sizes.length - 1 && (target -= distances[chosen]) > 0) chosen++;
    centers.push(sizes[chosen]);
  }
  return centers;
}

/** Index of the center with the highest IoU. */
function nearest(size: Shape, centers: readonly Shape[]): number {
  let best = 0;
  for (let i = 1; i < centers.length; i++)
    if (shapeIou(size, centers[i]) > shapeIou(size, centers[best])) best = i;
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
