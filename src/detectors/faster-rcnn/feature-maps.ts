/** How strongly the feature maps of a detector respond to one image, in plain arrays. */
import { boxCount } from "../../boxes/box";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";
import type { FeatureMap, FeatureMaps } from "../detector";
import type { FasterRCNN } from "./faster-rcnn";

/**
 * The levels of the backbone, the neck's map, and what the first head sees of some regions. No
 * tensor is left.
 * @param features of one image, as `frozenFeatures` returns them
 * @param regions `[R, 4]`
 */
export function computeFeatureMaps(
  detector: FasterRCNN,
  features: readonly tf.Tensor4D[],
  regions: NetworkBoxes,
): FeatureMaps {
  const { backbone, neck, cascade, stride, config } = detector;
  const count = boxCount(regions);
  const strengths = tf.tidy(() => {
    const levels = detector.levelFeatures(features);
    const fused = neck.forward(levels);
    const images = tf.zeros<tf.Rank.R1>([count], "int32");
    const seen = cascade.heads[0].regionFeatures(fused, tf.tensor2d(regions, [count, 4]), images);
    return [...levels, fused, seen].map((map) => map.abs().mean<tf.Tensor3D>(3));
  });
  const maps = strengths.map((map) => ({ shape: map.shape, values: map.dataSync<"float32">() }));
  tf.dispose(strengths);
  const seen = maps.pop()!;
  const fused = maps.pop()!;
  const { channels } = config.neck;
  const levels = maps.map((level, i) => {
    const block = backbone.blocks[backbone.levels[i]];
    return mapAt(level, 0, {
      name: `backbone, stride ${block.stride}`,
      stride: block.stride,
      channels: block.channels,
    });
  });
  return {
    maps: [...levels, mapAt(fused, 0, { name: `neck, stride ${stride}`, stride, channels })],
    regions: Array.from({ length: count }, (_, i) =>
      mapAt(seen, i, { name: `proposal ${i + 1}`, stride: 0, channels }),
    ),
  };
}

/** The n-th map of `[N, H, W]`. */
function mapAt(
  { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
  n: number,
  facts: Pick<FeatureMap, "name" | "stride" | "channels">,
): FeatureMap {
  const [, height, width] = shape;
  const cells = height * width;
  return { ...facts, height, width, values: values.slice(n * cells, (n + 1) * cells) };
}
