/** RoIAlign (Mask R-CNN, He et al. 2017, section 3): the features inside a roi, read between the cells, at a fixed size. */
import { attribute, rawOperation, tf } from "../tensorflow";

export interface RoiAlignRule {
  /** Pixels of the network's input from cell to cell of the feature map. */
  readonly stride: number;
  /** Cells a side of the output. */
  readonly outputSize: number;
  /** Samples a cell along each axis; their mean is the cell's value. */
  readonly samplingRatio: number;
}

const CROP = { T: attribute.type("float32"), method: attribute.string("bilinear") };
const PAD = { T: attribute.type("float32"), Tpaddings: attribute.type("int32"), mode: attribute.string("SYMMETRIC") };

/** One cell around the map's rows and columns. */
const PADDING = [[0, 0], [1, 1], [1, 1], [0, 0]]; // prettier-ignore

/**
 * Reads each roi's features. The value at a point is interpolated from the four cell centres around it; a point up to one
 * cell outside the map takes the border's value, one further out counts as 0. The gradient flows to the features alone.
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
  const { outputSize, samplingRatio } = rule;
  return tf.tidy(() => {
    const samples = readSamples(
      features,
      sampleCorners(rois, rule, features.shape),
      roiImages,
      outputSize * samplingRatio,
    );
    return samplingRatio === 1 ? samples : tf.avgPool(samples, samplingRatio, samplingRatio, "valid");
  });
}

/**
 * The first and last sample point of each roi, as TensorFlow's crop wants them: `[R, 4]` y1, x1, y2, x2 in units of the padded
 * map's last index.
 */
function sampleCorners(rois: tf.Tensor2D, rule: RoiAlignRule, [, rows, columns]: tf.Tensor4D["shape"]): tf.Tensor2D {
  const points = rule.outputSize * rule.samplingRatio;
  const [x1, y1, x2, y2] = tf.split(rois.div(rule.stride), 4, 1);
  const axis = (low: tf.Tensor, high: tf.Tensor, cells: number) => {
    const step = high.sub(low).div(points);
    // Pixel coordinates put the first cell's centre at 0.5, the map's index at 0; padding moves it to 1.
    const first = low.add(step.mul(0.5)).add(0.5);
    const lastIndex = cells + 1;
    return [first.div(lastIndex), first.add(step.mul(points - 1)).div(lastIndex)];
  };
  const [top, bottom] = axis(y1, y2, rows);
  const [left, right] = axis(x1, x2, columns);
  return tf.concat([top, left, bottom, right], 1) as tf.Tensor2D;
}

/**
 * TensorFlow's crop of the map, padded by one repeated cell: its own border rule, 0 outside, then is the rule above. TensorFlow.js
 * has no gradient for the crop, and its gradient for the padding forgets what flows into the repeated cells; TensorFlow has both.
 */
function readSamples(features: tf.Tensor4D, corners: tf.Tensor2D, roiImages: tf.Tensor1D, size: number): tf.Tensor4D {
  const read = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [map, save] = inputs as [tf.Tensor4D, tf.GradSaveFunc];
    // The gradient runs after the caller's tidy has freed what is not saved.
    save([corners, roiImages]);
    const [count, rows, columns, channels] = map.shape;
    const paddedShape = [count, rows + 2, columns + 2, channels];
    const [padded] = rawOperation("MirrorPad", [map, tf.tensor2d(PADDING, [4, 2], "int32")], PAD);
    const [value] = rawOperation("CropAndResize", [padded, corners, roiImages, tf.tensor1d([size, size], "int32")], {
      ...CROP,
      extrapolation_value: attribute.float(0),
    });
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const inputs = [dy, ...saved, tf.tensor1d(paddedShape, "int32")];
      const [paddedGradient] = rawOperation("CropAndResizeGradImage", inputs, CROP);
      return rawOperation("MirrorPadGrad", [paddedGradient, tf.tensor2d(PADDING, [4, 2], "int32")], PAD)[0];
    };
    return { value, gradFunc };
  });
  return read(features) as tf.Tensor4D;
}
