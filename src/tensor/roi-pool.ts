/**
 * RoI pooling (Fast R-CNN, Girshick 2015, section 2.1): rounds a RoI to whole cells, splits it into
 * parts, and takes the largest feature of each part. RoIAlign improves on it because it does not
 * round.
 */
import { tf } from "./tensorflow";

/** Settings of `roiPool`. */
export interface RoiPoolRule {
  /** Pixels of the network's input from one cell of the feature map to the next. */
  readonly stride: number;
  /** Parts per side of the output. */
  readonly outputSize: number;
}

/** The parts of all RoIs along one axis. A part outside the map has equal `from` and `to`. */
interface Parts {
  /** First cell of each part. */
  readonly from: Int32Array;
  /** The cell after the last cell of each part. */
  readonly to: Int32Array;
  /** Number of cells of the longest part. */
  readonly longest: number;
}

/**
 * Pools the features of each RoI. A part outside the map is 0. The gradient of a part flows to its
 * largest cell; no gradient flows to the RoIs.
 * @param features `[N, H, W, C]`
 * @param rois `[R, 4]` pixels of the network's input
 * @param roiImages `[R]` int32: the index of each RoI's image among the N
 * @returns `[R, outputSize, outputSize, C]`; the caller disposes it
 */
export function roiPool(
  features: tf.Tensor4D,
  rois: tf.Tensor2D,
  roiImages: tf.Tensor1D,
  rule: RoiPoolRule,
): tf.Tensor4D {
  const [, rows, columns, channels] = features.shape;
  const size = rule.outputSize;
  const count = rois.shape[0];
  if (!count) return tf.zeros([0, size, size, channels]);
  const boxes = rois.dataSync<"float32">();
  const images = roiImages.dataSync<"int32">();
  const vertical = splitRois(boxes, 1, rows, rule);
  const horizontal = splitRois(boxes, 0, columns, rule);
  return tf.tidy(() => {
    // The maximum over the rows first, then over the columns.
    const byRow = features.reshape<tf.Tensor2D>([-1, columns * channels]);
    const pooledRows = maximumOfParts(
      byRow,
      vertical,
      (part) => images[Math.floor(part / size)] * rows,
    );
    const byCell = pooledRows.reshape<tf.Tensor2D>([-1, channels]);
    const horizontalOfRows = repeatForRows(horizontal, size);
    const pooled = maximumOfParts(
      byCell,
      horizontalOfRows,
      (part) => Math.floor(part / size) * columns,
    );
    const isOutside = (part: number) =>
      isEmpty(vertical, Math.floor(part / size)) || isEmpty(horizontalOfRows, part);
    const mask = Float32Array.from({ length: count * size * size }, (_, part) =>
      isOutside(part) ? 0 : 1,
    );
    return pooled
      .mul<tf.Tensor2D>(tf.tensor2d(mask, [mask.length, 1]))
      .reshape<tf.Tensor4D>([count, size, size, channels]);
  });
}

/**
 * Splits RoIs along one axis into parts. Neighboring parts share a cell when the cells cannot be
 * divided evenly.
 * @param boxes `[R, 4]` pixels of the network's input
 * @param axis 0 for x, 1 for y
 * @param cells number of cells of the feature map along the axis
 * @returns `[R, outputSize]` parts
 */
function splitRois(
  boxes: Float32Array,
  axis: 0 | 1,
  cells: number,
  { stride, outputSize }: RoiPoolRule,
): Parts {
  const count = boxes.length / 4;
  const from = new Int32Array(count * outputSize);
  const to = new Int32Array(count * outputSize);
  let longest = 1;
  for (let roi = 0; roi < count; roi++) {
    const first = roundAwayFromZero(boxes[4 * roi + axis] / stride);
    const last = roundAwayFromZero(boxes[4 * roi + axis + 2] / stride);
    const length = Math.max(last - first + 1, 1);
    for (let part = 0, i = roi * outputSize; part < outputSize; part++, i++) {
      from[i] = clamp(first + Math.floor((part * length) / outputSize), cells);
      to[i] = clamp(first + Math.ceil(((part + 1) * length) / outputSize), cells);
      longest = Math.max(longest, to[i] - from[i]);
    }
  }
  return { from, to, longest };
}

/** Repeats the `[R, columns]` parts for each output row of a RoI: `[R, rows, columns]`. */
function repeatForRows({ from, to, longest }: Parts, size: number): Parts {
  const source = (part: number) => Math.floor(part / (size * size)) * size + (part % size);
  const length = from.length * size;
  return {
    from: Int32Array.from({ length }, (_, part) => from[source(part)]),
    to: Int32Array.from({ length }, (_, part) => to[source(part)]),
    longest,
  };
}

function isEmpty({ from, to }: Parts, part: number): boolean {
  return to[part] <= from[part];
}

/**
 * The elementwise maximum over the rows of each part of a matrix. A part that is shorter than the
 * longest one reads its last row several times. Numeric trap: `tf.maximum` passes the gradient of
 * equal values to its first argument, so that a repeated row does not get the gradient twice.
 * @param matrix `[rows, K]`
 * @param offset returns the row of the matrix at which the map of a part starts
 * @returns `[parts, K]`
 */
function maximumOfParts(
  matrix: tf.Tensor2D,
  { from, to, longest }: Parts,
  offset: (part: number) => number,
): tf.Tensor2D {
  const lastRow = matrix.shape[0] - 1;
  const row = (part: number, step: number) => {
    const inside = Math.max(Math.min(from[part] + step, to[part] - 1), 0);
    return Math.min(offset(part) + inside, lastRow);
  };
  const read = (step: number) =>
    matrix.gather<tf.Tensor2D>(
      tf.tensor1d(
        Int32Array.from(from, (_, part) => row(part, step)),
        "int32",
      ),
    );
  let highest = read(0);
  for (let step = 1; step < longest; step++) highest = highest.maximum(read(step));
  return highest;
}

/** Rounds halves away from zero, as C does; `Math.round` rounds them up. */
function roundAwayFromZero(x: number): number {
  return Math.sign(x) * Math.round(Math.abs(x));
}

function clamp(cell: number, cells: number): number {
  return Math.min(Math.max(cell, 0), cells);
}
