/**
 * RoIAlign (Mask R-CNN, He et al. 2017, section 3): pools the features of a RoI to a fixed size. It
 * interpolates between cells and does not round the edges of the RoI.
 *
 * Bilinear interpolation is a weighted mean along y of weighted means along x. This is also true
 * for the mean of several samples. The weights of all output rows form one matrix, and those of all
 * output columns another. RoIAlign is therefore `rows · features · columns`, two matrix products
 * for the whole batch, and its gradient is the same products with transposed matrices. This is as
 * fast as TensorFlow's crop operation. The gradient of that operation adds its terms in a random
 * order; matrix products always use the same order, so that runs are identical to the bit.
 */
import { tf } from "./tensorflow";
import { differentiable } from "./differentiable";
import { scatterRows } from "./gather-rows";

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
  const roiCount = rois.shape[0];
  if (!roiCount)
    return tf.tidy(() =>
      features.slice([0, 0, 0, 0], [0, 1, 1, channels]).tile([1, size, size, 1]),
    );
  const edges = rois.dataSync<"float32">();
  const { perImage, places } = placesByImage(roiImages.dataSync<"int32">(), count);
  const slots = count * perImage;
  const isFull = slots === roiCount && places.every((place, roi) => place === roi);
  // The matrices stay in memory until the gradient is computed. They are small: a few rows per RoI.
  const rows = axisWeights(edges, places, { ...rule, axis: 1, cells: height, slots });
  const columns = repeatForRows(
    axisWeights(edges, places, { ...rule, axis: 0, cells: width, slots }),
    size * width,
    size,
  );
  const down = () => tf.tensor3d(rows, [count, perImage * size, height]);
  const across = () => tf.tensor3d(columns, [slots * size, size, width]);

  const forward = (map: tf.Tensor): tf.Tensor => {
    const lines = tf.matMul(down(), map.reshape<tf.Tensor3D>([count, height, width * channels]));
    const pooled = tf
      .matMul(across(), lines.reshape<tf.Tensor3D>([slots * size, width, channels]))
      .reshape([slots, size, size, channels]);
    return isFull ? pooled : pooled.gather(tf.tensor1d(places, "int32"));
  };

  const backward = (dy: tf.Tensor): tf.Tensor => {
    const placed = isFull ? dy : scatterRows(dy, places, slots);
    const lines = tf.matMul(
      across(),
      placed.reshape<tf.Tensor3D>([slots * size, size, channels]),
      true,
    );
    return tf
      .matMul(down(), lines.reshape<tf.Tensor3D>([count, perImage * size, width * channels]), true)
      .reshape(features.shape);
  };

  const align = differentiable({
    forward: (map) => ({ value: tf.tidy(() => forward(map)), saved: [] }),
    backward: (dy) => [backward(dy)],
  });
  return align(features) as tf.Tensor4D;
}

/**
 * A place for each RoI, so that the RoIs of an image are neighbors and every image has the same
 * number of places. Images with fewer RoIs than others have empty places at their end.
 */
function placesByImage(
  roiImages: Int32Array,
  images: number,
): { readonly perImage: number; readonly places: Int32Array } {
  const counts = new Int32Array(images);
  const ranks = roiImages.map((image) => counts[image]++);
  const perImage = Math.max(...counts);
  return { perImage, places: ranks.map((rank, roi) => roiImages[roi] * perImage + rank) };
}

interface AxisWeights extends RoiAlignRule {
  /** 0 for x, 1 for y. */
  readonly axis: 0 | 1;
  /** Cells of the feature map along the axis. */
  readonly cells: number;
  /** Number of places. */
  readonly slots: number;
}

/**
 * The weight of each cell of the feature map in each output cell, along one axis. The weights of an
 * empty place are 0.
 * @param edges `[R, 4]` pixels of the network's input
 * @param places `[R]`: the place of each RoI
 * @returns `[slots, outputSize, cells]`
 */
function axisWeights(
  edges: Float32Array,
  places: Int32Array,
  { axis, cells, slots, stride, outputSize, samplingRatio }: AxisWeights,
): Float32Array {
  const matrix = new Float32Array(slots * outputSize * cells);
  for (let roi = 0; roi < places.length; roi++) {
    const row = places[roi] * outputSize;
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
  }
  return matrix;
}

/** Repeats each part of an array, of the given length, a number of times. */
function repeatForRows(values: Float32Array, length: number, times: number): Float32Array {
  const repeated = new Float32Array(values.length * times);
  for (let start = 0; start < values.length; start += length) {
    const part = values.subarray(start, start + length);
    for (let i = 0; i < times; i++) repeated.set(part, start * times + i * length);
  }
  return repeated;
}
