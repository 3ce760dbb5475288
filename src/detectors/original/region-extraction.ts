/** From the proposal network's output to regions of features: decode, clip, project to the feature map, pool (Fast R-CNN, section 2.1). */
import type { RoiConfig } from "../../config/index";
import { roiPool } from "../../tensor/roi-pool";
import { tf } from "../../tensor/tensorflow";
import type { BoxArray } from "../../types";

/**
 * The features of each region at the head's fixed size, flattened.
 * @param features `[N, H, W, C]`
 * @param regions `[R, 4]` pixels of the network's input; projecting them to the map is dividing by its stride
 * @param images which of the N images each lies in
 * @returns `[R, outputSize * outputSize * C]`; the caller disposes it
 */
export function extractRegions(
  features: tf.Tensor4D,
  regions: BoxArray,
  images: readonly number[],
  stride: number,
  config: RoiConfig,
): tf.Tensor2D {
  return tf.tidy(() => {
    const rois = tf.tensor2d(regions, [images.length, 4]);
    const pooled = roiPool(features, rois, tf.tensor1d([...images], "int32"), {
      stride,
      outputSize: config.outputSize,
    });
    return pooled.reshape([images.length, -1]);
  });
}
