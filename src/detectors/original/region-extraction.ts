/**
 * From proposals to features of one size: project to the feature map and pool (Fast R-CNN, section
 * 2.1).
 */
import { roiPool } from "../../tensor/roi-pool";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";

export interface RegionOptions {
  /** For each region, the index of its image among the N. */
  readonly images: readonly number[];
  /**
   * Pixels of the network's input from one cell of the features to the next; dividing by it
   * projects a region to the map.
   */
  readonly stride: number;
  /** Cells a side. */
  readonly outputSize: number;
}

/**
 * The features of each region at the head's fixed size, flattened.
 * @param features `[N, H, W, C]`
 * @param regions `[R, 4]`
 * @returns `[R, outputSize * outputSize * C]`; the caller disposes it
 */
export function extractRegions(
  features: tf.Tensor4D,
  regions: NetworkBoxes,
  { images, stride, outputSize }: RegionOptions,
): tf.Tensor2D {
  return tf.tidy(() => {
    const rois = tf.tensor2d(regions, [images.length, 4]);
    const pooled = roiPool(features, rois, tf.tensor1d([...images], "int32"), {
      stride,
      outputSize,
    });
    return pooled.reshape([images.length, -1]);
  });
}
