/**
 * Anchors (Faster R-CNN, section 3.1.1): boxes of a few shapes at every cell of the feature map,
 * which the network only has to move a little.
 */
import type { AnchorConfig } from "../config/index";
import type { Random } from "../util/random";
import type { NetworkBoxes } from "../types";

/** Width and height in pixels. */
export interface Shape {
  readonly width: number;
  readonly height: number;
}

/** Shapes at each cell. */
export function anchorsPerCell(config: AnchorConfig): number {
  return config.sizes.length * config.ratios.length;
}

/**
 * The shapes at each cell, in the order of the anchors: sizes, and for each size the ratios. Area
 * is size squared, height / width the ratio.
 */
export function anchorShapes(config: AnchorConfig): Shape[] {
  return config.sizes.flatMap((size) =>
    config.ratios.map((ratio) => ({
      width: size / Math.sqrt(ratio),
      height: size * Math.sqrt(ratio),
    })),
  );
}

/** The feature map that anchors belong to. */
export interface AnchorGrid {
  /** Pixels of the network's input from one cell to the next. */
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The anchors of a feature map, cell by cell along each row, at each cell shape by shape: the order
 * of the network's outputs. They may reach beyond the image.
 * @returns `[rows * columns * shapes, 4]` pixels
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

/** What `kMeansAnchors` found. */
export interface AnchorClusters {
  /** By rising area. */
  readonly shapes: Shape[];
  /** Mean over the boxes of the IoU with the best shape, both centred on one point. */
  readonly meanIou: number;
}

/** IoU of two shapes centred on one point. */
export function shapeIou(a: Shape, b: Shape): number {
  const intersection = Math.min(a.width, b.width) * Math.min(a.height, b.height);
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

/**
 * Rounds after which k-means stops even where it has not settled: with this distance the mean is
 * not its cluster's best centre, and it may circle.
 */
const MAX_ROUNDS = 300;

/**
 * Shapes that fit a data set's boxes: k-means with 1 - IoU as the distance, so that small boxes
 * count as much as large ones (YOLO9000, Redmon & Farhadi 2017, section 2, "Dimension Clusters").
 * @param sizes of the truth boxes, in pixels of the network's input
 * @param random picks the first centres: each next one far from those before (k-means++) Throws
 * when there are fewer boxes than clusters, or k is not a count.
 */
export function kMeansAnchors(sizes: readonly Shape[], k: number, random: Random): AnchorClusters {
  if (!(Number.isInteger(k) && k > 0))
    throw new Error(`kMeansAnchors: ${k} is no number of clusters`);
  if (sizes.length < k)
    throw new Error(
      `kMeansAnchors: ${k} clusters want at least ${k} boxes, there are ${sizes.length}`,
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
    const settled = moved.every((center, i) => shapeIou(center, centers[i]) > 1 - 1e-9);
    centers = moved;
    if (settled) break;
  }
  centers.sort((a, b) => a.width * a.height - b.width * b.height);
  return {
    shapes: centers,
    meanIou: mean(sizes.map((size) => shapeIou(size, centers[nearest(size, centers)]))),
  };
}

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

function nearest(size: Shape, centers: readonly Shape[]): number {
  let best = 0;
  for (let i = 1; i < centers.length; i++)
    if (shapeIou(size, centers[i]) > shapeIou(size, centers[best])) best = i;
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
