/**
 * RoIAlign on several maps (feature pyramids, Lin et al. 2017, section 4.2): each RoI is pooled
 * from the map that fits its size.
 */
import { boxAt, boxCount } from "../../../boxes/box";
import type { Config } from "../../../config/index";
import { roiAlign, type RoiAlignRule } from "../../../tensor/roi-align";
import { tf } from "../../../tensor/tensorflow";
import type { NetworkBoxes } from "../../../types";
import { groupBy } from "../../../util/group-by";

/** The level of the RoIs with the canonical size (equation 1: k0). */
const CANONICAL_LEVEL = 4;

/** The canonical size of the paper, and the side of its images, both in pixels. */
const PAPER_SIZE = 224;
const PAPER_IMAGE_SIZE = 800;

/**
 * Added to the level before it is rounded down, as torchvision does, so that rounding errors do not
 * move a RoI with the canonical size to the finer level.
 */
const EPSILON = 1e-6;

/** The maps that RoIs are pooled from. */
export interface RoiMaps {
  /** The stride of each map, finest first, in pixels of the network's input. */
  readonly strides: readonly number[];
  /**
   * The square root of the area of the RoIs that are pooled at stride 16, in pixels of the
   * network's input. It does not matter when there is one map.
   */
  readonly canonicalSize: number;
}

/**
 * The paper's canonical size for an input of another size. The paper uses 224 pixels, the size of
 * the images of ImageNet, for images whose shorter side is 800 pixels.
 * @param imageSize side of the network's input, in pixels
 */
export function scaledCanonicalSize(imageSize: number): number {
  return (PAPER_SIZE * imageSize) / PAPER_IMAGE_SIZE;
}

/** The canonical size of a configuration, in pixels of the network's input. */
export function canonicalSizeOf({ neck, data }: Pick<Config, "neck" | "data">): number {
  const size = neck.kind === "pyramid" ? neck.canonicalSize : null;
  return size ?? scaledCanonicalSize(data.imageSize);
}

/**
 * The map that each RoI is pooled from: k = floor(4 + log2(sqrt(width * height) / canonicalSize))
 * (equation 1), limited to the levels with a map.
 * @param rois `[R, 4]`
 * @returns `[R]`: indices into `strides`
 * @example
 * const levels = roiLevels(proposals, { strides: [8, 16, 32], canonicalSize: 90 });
 */
export function roiLevels(rois: NetworkBoxes, { strides, canonicalSize }: RoiMaps): number[] {
  const finest = Math.log2(strides[0]);
  return Array.from({ length: boxCount(rois) }, (_, i) => {
    const [x1, y1, x2, y2] = boxAt(rois, i);
    const size = Math.sqrt(Math.max(0, x2 - x1) * Math.max(0, y2 - y1));
    const level = Math.floor(CANONICAL_LEVEL + Math.log2(size / canonicalSize) + EPSILON);
    // Numeric trap: a RoI without an area has the level -Infinity, and one that is not finite NaN.
    return Math.min(Math.max(level - finest || 0, 0), strides.length - 1);
  });
}

/** The arguments of `multiScaleRoiAlign` besides the maps. */
export interface MultiScaleRois extends Omit<RoiAlignRule, "stride"> {
  /** `[R, 4]` pixels of the network's input: the regions that are pooled. */
  readonly regions: tf.Tensor2D;
  /** `[R]` int32: the index of each RoI's image. */
  readonly images: tf.Tensor1D;
  /** `[R]`: index of the map of each RoI. */
  readonly levels: readonly number[];
  /** The stride of each map, in pixels of the network's input. */
  readonly strides: readonly number[];
}

/**
 * Pools the features of each RoI from its map, as `roiAlign` does. The gradient flows to the maps,
 * not to the RoIs.
 * @param maps `[N, H, W, C]` each, finest first
 * @returns `[R, outputSize, outputSize, C]`, in the order of the RoIs; the tensors belong to the
 * caller's gradient tape or `tf.tidy`
 */
export function multiScaleRoiAlign(
  maps: readonly tf.Tensor4D[],
  { regions, images, levels, strides, ...rule }: MultiScaleRois,
): tf.Tensor4D {
  const rowsByMap = groupBy(levels.keys(), (roi) => levels[roi]);
  // Without RoIs, RoIAlign returns an empty tensor.
  if (rowsByMap.size < 2) {
    const [map = 0] = rowsByMap.keys();
    return roiAlign(maps[map], regions, images, { stride: strides[map], ...rule });
  }
  const parts = Array.from(rowsByMap, ([map, rowsOfMap]) => {
    const rows = tf.tensor1d(rowsOfMap, "int32");
    return roiAlign(maps[map], regions.gather(rows), images.gather(rows), {
      stride: strides[map],
      ...rule,
    });
  });
  const places = new Array<number>(levels.length);
  [...rowsByMap.values()].flat().forEach((roi, place) => (places[roi] = place));
  return tf.concat(parts).gather(tf.tensor1d(places, "int32"));
}
