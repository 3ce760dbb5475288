/**
 * The neck, between backbone and region proposal network (feature pyramids, Lin et al. 2017,
 * section 3, with a single output map). It combines the levels of the backbone in one map with the
 * finest stride. Fine levels show where a small tumor is; coarse levels show what it is.
 */
import type { FusedConfig } from "../../config/index";
import type { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import { type NeckLayer, NeckLayers } from "./neck-layer";

/** A level of the backbone, which the neck reads. */
export interface NeckInput {
  /** Pixels of the network's input from one cell to the next. */
  readonly stride: number;
  readonly channels: number;
}

/** What region proposal network and heads need of a neck. */
export interface Neck {
  /** The stride of each map, finest first, in pixels of the network's input. */
  readonly strides: readonly number[];
  /**
   * Computes the maps.
   * @param levels `[N, H, W, C]` for each level of the backbone, finest first
   * @returns `[N, H, W, channels]` for each stride; the tensors belong to the caller's gradient
   * tape or `tf.tidy`
   */
  forward(levels: readonly tf.Tensor4D[]): tf.Tensor4D[];
  /** The trained variables, by name. */
  variables(): Readonly<Record<string, tf.Variable>>;
  /** Frees the weights. */
  dispose(): void;
}

/**
 * One 1x1 convolution with group normalization for each level (the paper's lateral connections).
 * The results are added from the coarsest level to the finest one. A 3x3 convolution follows.
 */
export class FusedNeck implements Neck {
  /** The stride of the only map: that of the finest level. */
  readonly strides: readonly number[];
  private readonly layers: NeckLayers;
  private readonly laterals: readonly NeckLayer[];
  private readonly blend: NeckLayer;

  /**
   * @param config channels and groups
   * @param inputs the levels of the backbone, finest first
   * @param random draws the initial weights
   */
  constructor(
    { channels, groups }: Omit<FusedConfig, "kind">,
    inputs: readonly NeckInput[],
    random: Random,
  ) {
    this.strides = [inputs[0].stride];
    const layers = (this.layers = new NeckLayers(channels, groups, random));
    const layer = (name: string, size: number, inputChannels: number) =>
      layers.layer(name, { size, inputs: inputChannels, beforeRelu: true });
    this.laterals = inputs.map((input, level) => layer(`lateral${level}`, 1, input.channels));
    this.blend = layer("blend", 3, channels);
  }

  /**
   * Combines the levels.
   * @param levels `[N, H, W, C]` for each level, finest first
   * @returns one map `[N, H, W, channels]` at the size of the finest level; the tensors belong to
   * the caller's gradient tape or `tf.tidy`
   */
  forward(levels: readonly tf.Tensor4D[]): tf.Tensor4D[] {
    let fused: tf.Tensor4D | null = null;
    for (let level = levels.length - 1; level >= 0; level--) {
      const lateral = this.laterals[level](levels[level]);
      fused = fused ? addUpscaled(lateral, fused) : lateral;
    }
    return [this.blend(fused!.relu()).relu()];
  }

  /** The trained variables, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return this.layers.variables();
  }

  /** Frees the weights. */
  dispose(): void {
    this.layers.dispose();
  }
}

/**
 * Adds a coarser map to a finer one, with nearest-neighbor upsampling. The size is that of the
 * finer map, not a factor of 2: at odd sizes, a level has half the cells of the finer one, rounded
 * up.
 */
export function addUpscaled(fine: tf.Tensor4D, coarse: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = fine.shape;
  return fine.add<tf.Tensor4D>(tf.image.resizeNearestNeighbor(coarse, [height, width]));
}
