/** The strengths of the feature maps of a detector for one image, in plain arrays. */
import type { Backbone } from "../../backbones/create-backbone";
import { boxCount } from "../../boxes/box";
import type { Config } from "../../config/index";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes } from "../../types";
import type { FeatureMap, FeatureMaps } from "../detector";
import type { Neck } from "./neck";
import type { Cascade } from "./roi-heads/cascade";

/** The parts of `FasterRCNN` whose features are shown. */
export interface FeatureStages {
  readonly config: Config;
  readonly backbone: Backbone;
  readonly neck: Neck;
  readonly cascade: Cascade;
  /** Returns the levels of the backbone, finest first. */
  levelFeatures(features: readonly tf.Tensor4D[]): readonly tf.Tensor4D[];
}

/**
 * Computes the strengths of the levels of the backbone, of the neck's maps, and of the features that
 * the first head pools from some regions. No tensor remains.
 * @param features the result of `frozenFeatures` for one image
 * @param regions `[R, 4]`
 */
export function computeFeatureMaps(
  detector: FeatureStages,
  features: readonly tf.Tensor4D[],
  regions: NetworkBoxes,
): FeatureMaps {
  const { backbone, neck, cascade, config } = detector;
  const count = boxCount(regions);
  const strengths = tf.tidy(() => {
    const levels = detector.levelFeatures(features);
    const neckMaps = neck.forward(levels);
    const images = tf.zeros<tf.Rank.R1>([count], "int32");
    const rois = tf.tensor2d(regions, [count, 4]);
    const pooled = cascade.heads[0].regionFeatures(neckMaps, rois, images);
    return [...levels, ...neckMaps, pooled].map((map) => map.abs().mean<tf.Tensor3D>(3));
  });
  const maps = strengths.map((map) => ({ shape: map.shape, values: map.dataSync<"float32">() }));
  tf.dispose(strengths);
  const pooled = maps.pop()!;
  const { channels } = config.neck;
  const neckMaps = maps.splice(backbone.levels.length).map((map, i) => {
    const stride = neck.strides[i];
    return mapAt(map, 0, { name: `neck, stride ${stride}`, stride, channels });
  });
  const levels = maps.map((level, i) => {
    const block = backbone.blocks[backbone.levels[i]];
    return mapAt(level, 0, {
      name: `backbone, stride ${block.stride}`,
      stride: block.stride,
      channels: block.channels,
    });
  });
  return {
    maps: [...levels, ...neckMaps],
    regions: Array.from({ length: count }, (_, i) =>
      mapAt(pooled, i, { name: `proposal ${i + 1}`, stride: 0, channels }),
    ),
  };
}

/** The map at index n of `[N, H, W]`. */
function mapAt(
  { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
  n: number,
  description: Pick<FeatureMap, "name" | "stride" | "channels">,
): FeatureMap {
  const [, height, width] = shape;
  const cells = height * width;
  return { ...description, height, width, values: values.slice(n * cells, (n + 1) * cells) };
}
