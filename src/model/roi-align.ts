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

const CROP_ATTRIBUTES = { T: attribute.type("float32"), method: attribute.string("bilinear") };

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
    const points = outputSize * samplingRatio;
    // One repeated cell around the map gives TensorFlow's crop, which knows no border rule but 0, the border rule above.
    const padded = tf.mirrorPad(features, [[0, 0], [1, 1], [1, 1], [0, 0]], "symmetric"); // prettier-ignore
    const corners = sampleCorners(rois, rule, padded.shape as [number, number, number, number]);
    const samples = cropAndResize(padded as tf.Tensor4D, corners, roiImages, points);
    return samplingRatio === 1 ? samples : tf.avgPool(samples, samplingRatio, samplingRatio, "valid");
  });
}

/** The crop's first and last sample point, as TensorFlow's crop wants them: `[R, 4]` y1, x1, y2, x2 in units of the padded map's last index. */
function sampleCorners(
  rois: tf.Tensor2D,
  rule: RoiAlignRule,
  [, height, width]: [number, number, number, number],
): tf.Tensor2D {
  const points = rule.outputSize * rule.samplingRatio;
  const [x1, y1, x2, y2] = tf.split(rois.div(rule.stride), 4, 1);
  const axis = (low: tf.Tensor, high: tf.Tensor, cells: number) => {
    const step = high.sub(low).div(points);
    // Pixel coordinates put the first cell's centre at 0.5, the map's index at 0; padding moved it to 1.
    const first = low.add(step.mul(0.5)).add(0.5);
    return [first.div(cells - 1), first.add(step.mul(points - 1)).div(cells - 1)];
  };
  const [top, bottom] = axis(y1, y2, height);
  const [left, right] = axis(x1, x2, width);
  return tf.concat([top, left, bottom, right], 1) as tf.Tensor2D;
}

/** TensorFlow's CropAndResize with its own gradient for the image, which TensorFlow.js leaves out. */
function cropAndResize(image: tf.Tensor4D, corners: tf.Tensor2D, roiImages: tf.Tensor1D, size: number): tf.Tensor4D {
  const crop = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input] = inputs as tf.Tensor[];
    const [value] = rawOperation("CropAndResize", [input, corners, roiImages, tf.tensor1d([size, size], "int32")], {
      ...CROP_ATTRIBUTES,
      extrapolation_value: attribute.float(0),
    });
    const shape = input.shape;
    const gradFunc = (dy: tf.Tensor) =>
      rawOperation("CropAndResizeGradImage", [dy, corners, roiImages, tf.tensor1d(shape, "int32")], CROP_ATTRIBUTES)[0];
    return { value, gradFunc };
  });
  return crop(image) as tf.Tensor4D;
}
