/**
 * RoI pooling (Fast R-CNN, Girshick 2015, section 2.1): the largest feature of each part of a roi,
 * whose edges are rounded to whole cells.
 */
import { tf } from "./tensorflow";

export interface RoiPoolRule {
  /** Pixels of the network's input from cell to cell of the feature map. */
  readonly stride: number;
  /** Parts a side of the output. */
  readonly outputSize: number;
}

/**
 * For each roi and part along one axis: the first cell, and the one after the last; equal where
 * the part lies outside the map.
 */
interface Parts {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Cells of the largest part. */
  readonly longest: number;
}

/**
 * Pools each roi's features. Rounding, and with it the gain of RoIAlign, is what sets it apart; the
 * gradient flows to the features alone, each part's to its largest cell. A part outside the map is
 * 0.
 * @param features `[N, H, W, C]`
 * @param rois `[R, 4]` pixels of the network's input; their values are read, so that no gradient
 * reaches them
 * @param roiImages `[R]` int32: which of the N images each roi lies in
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
    // First over rows, then over columns: the maximum of maxima.
    const byRow = features.reshape<tf.Tensor2D>([-1, columns * channels]);
    const pooledRows = maximumOfParts(
      byRow,
      vertical,
      (part) => images[Math.floor(part / size)] * rows,
    );
    const byCell = pooledRows.reshape<tf.Tensor2D>([-1, channels]);
    const widened = widenToRows(horizontal, size);
    const pooled = maximumOfParts(byCell, widened, (part) => Math.floor(part / size) * columns);
    const empty = (part: number) =>
      isEmpty(vertical, Math.floor(part / size)) || isEmpty(widened, part);
    const filled = Float32Array.from({ length: count * size * size }, (_, part) =>
      empty(part) ? 0 : 1,
    );
    return pooled
      .mul<tf.Tensor2D>(tf.tensor2d(filled, [filled.length, 1]))
      .reshape<tf.Tensor4D>([count, size, size, channels]);
  });
}

/**
 * Splits `[R, 4]` along x (axis 0) or y (axis 1) into `[R, outputSize]` parts, which share a cell
 * where it does not divide evenly.
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

/** The `[R, columns]` parts once for each of a roi's pooled rows: `[R, rows, columns]`. */
function widenToRows({ from, to, longest }: Parts, size: number): Parts {
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
 * The elementwise maximum over each part's rows of `[…, K]`, as `[parts, K]`. Parts shorter than
 * the longest read their last row again: of equal values `tf.maximum` sends the gradient to the
 * first, so that none counts twice.
 * @param offset of the part's row 0 in the matrix
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

/** Halves go up for positive and down for negative numbers, as C rounds. */
function roundAwayFromZero(x: number): number {
  return Math.sign(x) * Math.round(Math.abs(x));
}

function clamp(cell: number, cells: number): number {
  return Math.min(Math.max(cell, 0), cells);
}
