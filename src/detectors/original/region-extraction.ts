/**
 * The features of regions in the original experiment: a region is projected to the feature map and
 * pooled to a fixed size (Fast R-CNN, section 2.1).
 */
import { roiPool } from "../../tensor/roi-pool";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";

/** Options of `extractRegions`. */
export interface RegionOptions {
  /** The index of each region's image among the N. */
  readonly images: readonly number[];
  /**
   * Pixels of the network's input from one cell of the features to the next. Coordinates are
   * projected to the map by dividing them by the stride.
   */
  readonly stride: number;
  /** Cells per side of a pooled region. */
  readonly outputSize: number;
}

/**
 * Pools the features of each region to a fixed size, and flattens them.
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
