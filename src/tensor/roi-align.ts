/**
 * RoIAlign (Mask R-CNN, He et al. 2017, section 3): pools the features of a RoI to a fixed size. It
 * interpolates between cells and does not round the edges of the RoI.
 *
 * Bilinear interpolation is a weighted mean along y of weighted means along x. This is also true
 * for the mean of several samples. The weights of all output rows form one matrix, and those of all
 * output columns another. RoIAlign is therefore `rows · features · columns`, two matrix products
 * per image, and its gradient is the same products with transposed matrices. This is as fast as
 * TensorFlow's crop operation. The gradient of that operation adds its terms in a random order;
 * matrix products always use the same order, so that runs are identical to the bit.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";

/** Settings of `roiAlign`. */
export interface RoiAlignRule {
  /** Pixels of the network's input from one cell of the feature map to the next. */
  readonly stride: number;
  /** Cells per side of the output. */
  readonly outputSize: number;
  /** Samples per output cell along each axis. Their mean is the value of the cell. */
  readonly samplingRatio: number;
}

/**
 * Pools the features of each RoI. The value at a point is interpolated from the four cell centers
 * around it. A point up to one cell outside the map gets the value at the border; a point further
 * outside gets 0. The gradient flows to the features, not to the RoIs.
 * @param features `[N, H, W, C]`
 * @param rois `[R, 4]` pixels of the network's input
 * @param roiImages `[R]` int32: the index of each RoI's image among the N
 * @returns `[R, outputSize, outputSize, C]`; the caller disposes it
 * @example
 * const pooled = roiAlign(features, rois, images, { stride: 8, outputSize: 7, samplingRatio: 2 });
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
  // The matrices stay in memory until the gradient is computed. They are small: a few rows per RoI.
  const rows = groups.map((group) =>
    axisWeights(edges, group, { ...rule, axis: 1, cells: height }),
  );
  const columns = groups.map((group) =>
    axisWeights(edges, group, { ...rule, axis: 0, cells: width }),
  );
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
      const across = repeatForRows(columns[image], [group.length, size, width]);
      return [
        tf
          .matMul(across, lines.reshape([-1, width, channels]))
          .reshape([group.length, size, size, channels]),
      ];
    });
    const pooled = tf.concat(parts);
    return isSorted ? pooled : pooled.gather(tf.tensor1d(inverse(order), "int32"));
  };

  const backward = (dy: tf.Tensor): tf.Tensor => {
    const sorted = isSorted ? dy : dy.gather(tf.tensor1d(order, "int32"));
    let start = 0;
    const maps = groups.map((group, image) => {
      if (!group.length) return tf.zeros([1, height, width, channels]);
      const ofImage = sorted.slice([start, 0, 0, 0], [group.length, -1, -1, -1]);
      start += group.length;
      const across = repeatForRows(columns[image], [group.length, size, width]);
      const lines = tf
        .matMul(across, ofImage.reshape([-1, size, channels]), true)
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

/** The indices of the RoIs of each image. */
function groupByImage(roiImages: ArrayLike<number>, images: number): number[][] {
  const groups: number[][] = Array.from({ length: images }, () => []);
  for (let roi = 0; roi < roiImages.length; roi++) groups[roiImages[roi]].push(roi);
  return groups;
}

interface AxisWeights extends RoiAlignRule {
  /** 0 for x, 1 for y. */
  readonly axis: 0 | 1;
  /** Cells of the feature map along the axis. */
  readonly cells: number;
}

/**
 * The weight of each cell of the feature map in each output cell, along one axis.
 * @param edges `[R, 4]` pixels of the network's input
 * @param group indices of the RoIs
 * @returns `[group.length, outputSize, cells]`
 */
function axisWeights(
  edges: Float32Array,
  group: readonly number[],
  { axis, cells, stride, outputSize, samplingRatio }: AxisWeights,
): Float32Array {
  const matrix = new Float32Array(group.length * outputSize * cells);
  let row = 0;
  for (const roi of group) {
    const low = edges[4 * roi + axis] / stride;
    const step = (edges[4 * roi + axis + 2] / stride - low) / (outputSize * samplingRatio);
    for (let sample = 0; sample < outputSize * samplingRatio; sample++) {
      // Numeric trap: the center of the first cell is at 0.5 in coordinates, and at 0 in indices.
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

/**
 * Repeats the column weights of each RoI for each of its output rows.
 * @param matrix `[rois, size, width]`
 * @returns `[rois * size, size, width]`
 */
function repeatForRows(
  matrix: Float32Array,
  [rois, size, width]: readonly [number, number, number],
): tf.Tensor3D {
  const weights = tf.tensor4d(matrix, [rois, 1, size, width]);
  return weights.tile([1, size, 1, 1]).reshape([rois * size, size, width]);
}

/** The inverse of a permutation. */
function inverse(order: readonly number[]): number[] {
  const positions = new Array<number>(order.length);
  order.forEach((roi, i) => (positions[roi] = i));
  return positions;
}
