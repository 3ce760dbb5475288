/**
 * RoIAlign (Mask R-CNN, He et al. 2017, section 3): the features inside a roi, read between the
 * cells, at a fixed size.
 *
 * A value read between four cells is a weighted mean along y of weighted means along x, and so is
 * the mean of several such samples. The weights of all output rows together are a matrix, those of
 * the columns another: RoIAlign is `rows · features · columns`, two matrix products an image, and
 * its gradient is the same products with both matrices turned over. That is as fast as TensorFlow's
 * crop operation, and unlike the gradient of that one it adds up in the same order every time, so
 * that a run repeats to the bit.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";

export interface RoiAlignRule {
  /** Pixels of the network's input from cell to cell of the feature map. */
  readonly stride: number;
  /** Cells a side of the output. */
  readonly outputSize: number;
  /** Samples a cell along each axis; their mean is the cell's value. */
  readonly samplingRatio: number;
}

/**
 * Reads each roi's features. The value at a point is interpolated from the four cell centers around
 * it; a point up to one cell outside the map takes the border's value, one further out counts as 0.
 * The gradient flows to the features alone.
 * @param features `[N, H, W, C]`
 * @param rois `[R, 4]` pixels of the network's input
 * @param roiImages `[R]` int32: which of the N images each roi lies in
 * @returns `[R, outputSize, outputSize, C]`; the caller disposes it
 */
export function roiAlign(
  features: tf.Tensor4D,
  rois: tf.Tensor2D,
  roiImages: tf.Tensor1D,
  rule: RoiAlignRule,
): tf.Tensor4D {
  const [count, height, width, channels] = features.shape;
  const size = rule.outputSize;
  const edges = rois.dataSync<"float32">();
  const groups = groupByImage(roiImages.dataSync<"int32">(), count);
  if (!rois.shape[0])
    return tf.tidy(() =>
      features.slice([0, 0, 0, 0], [0, 1, 1, channels]).tile([1, size, size, 1]),
    );
  // Kept until the gradient has run: small, since a roi's weights are a few rows of the map's
  // height and width.
  const rows = groups.map((group) => weights(edges, group, 1, height, rule));
  const columns = groups.map((group) => weights(edges, group, 0, width, rule));
  const order = groups.flat();
  const isSorted = order.every((roi, i) => roi === i);

  const forward = (map: tf.Tensor): tf.Tensor => {
    const parts = groups.flatMap((group, image) => {
      if (!group.length) return [];
      const lines = tf.matMul(
        tf.tensor2d(rows[image], [group.length * size, height]),
        map
          .slice([image, 0, 0, 0], [1, -1, -1, -1])
          .reshape([height, width * channels]) as tf.Tensor2D,
      );
      const across = repeated(columns[image], group.length, size, width);
      return [
        tf
          .matMul(across, lines.reshape([-1, width, channels]))
          .reshape([group.length, size, size, channels]),
      ];
    });
    const all = tf.concat(parts);
    return isSorted ? all : all.gather(tf.tensor1d(inverse(order), "int32"));
  };

  const backward = (dy: tf.Tensor): tf.Tensor => {
    const sorted = isSorted ? dy : dy.gather(tf.tensor1d(order, "int32"));
    let start = 0;
    const maps = groups.map((group, image) => {
      if (!group.length) return tf.zeros([1, height, width, channels]);
      const own = sorted.slice([start, 0, 0, 0], [group.length, -1, -1, -1]);
      start += group.length;
      const across = repeated(columns[image], group.length, size, width);
      const lines = tf
        .matMul(across, own.reshape([-1, size, channels]), true)
        .reshape([-1, width * channels]);
      const down = tf.tensor2d(rows[image], [group.length * size, height]);
      return tf.matMul(down, lines as tf.Tensor2D, true).reshape([1, height, width, channels]);
    });
    return tf.concat(maps);
  };

  const align = differentiable({
    forward: (map) => ({ value: tf.tidy(() => forward(map)), saved: [] }),
    backward: (dy) => [backward(dy)],
  });
  return align(features) as tf.Tensor4D;
}

/** The rois of each image, by their index. */
function groupByImage(roiImages: ArrayLike<number>, images: number): number[][] {
  const groups: number[][] = Array.from({ length: images }, () => []);
  for (let roi = 0; roi < roiImages.length; roi++) groups[roiImages[roi]].push(roi);
  return groups;
}

/**
 * What each cell along one axis adds to each output cell, `[rois, outputSize, cells]`.
 * @param edges `[R, 4]` pixels
 * @param axis 0 for x, 1 for y
 * @param cells of the feature map along it
 */
function weights(
  edges: Float32Array,
  group: readonly number[],
  axis: 0 | 1,
  cells: number,
  rule: RoiAlignRule,
): Float32Array {
  const { stride, outputSize, samplingRatio } = rule;
  const matrix = new Float32Array(group.length * outputSize * cells);
  let row = 0;
  for (const roi of group) {
    const low = edges[4 * roi + axis] / stride;
    const step = (edges[4 * roi + axis + 2] / stride - low) / (outputSize * samplingRatio);
    for (let sample = 0; sample < outputSize * samplingRatio; sample++) {
      // Pixel coordinates put a cell's center at one half, indices at 0.
      const position = low + (sample + 0.5) * step - 0.5;
      const offset = (row + Math.floor(sample / samplingRatio)) * cells;
      if (!(position >= -1 && position <= cells)) continue;
      const inside = Math.min(Math.max(position, 0), cells - 1);
      const cell = Math.floor(inside);
      const fraction = inside - cell;
      matrix[offset + cell] += (1 - fraction) / samplingRatio;
      if (fraction) matrix[offset + cell + 1] += fraction / samplingRatio;
    }
    row += outputSize;
  }
  return matrix;
}

/** A roi's column weights once for each of its output rows: `[rois * size, size, width]`. */
function repeated(matrix: Float32Array, rois: number, size: number, width: number): tf.Tensor3D {
  const once = tf.tensor4d(matrix, [rois, 1, size, width]);
  return once.tile([1, size, 1, 1]).reshape([rois * size, size, width]);
}

function inverse(order: readonly number[]): number[] {
  const positions = new Array<number>(order.length);
  order.forEach((roi, i) => (positions[roi] = i));
  return positions;
}
