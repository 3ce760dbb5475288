/**
 * A feature pyramid as the neck (Lin et al. 2017, section 3 and figure 3): one map for each level,
 * so that small and large objects are found on maps of their own scale.
 */
import type { PyramidConfig } from "../../config/index";
import type { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import { addUpscaled, type Neck, type NeckInput } from "./neck";
import { type NeckLayer, NeckLayers } from "./neck-layer";

/** The stride of a level, in pixels of the network's input. */
export function strideOfLevel(level: number): number {
  return 2 ** level;
}

/**
 * One 1x1 convolution for each level of the backbone (the lateral connections), added from the
 * coarsest level to the finest one, and one 3x3 convolution for each map. No activation follows, as
 * in the paper. Levels that are coarser than the backbone's are subsampled (footnote 2).
 */
export class PyramidNeck implements Neck {
  /** The stride of each map, finest first, in pixels of the network's input. */
  readonly strides: readonly number[];
  private readonly layers: NeckLayers;
  /** Index of the finest level of the backbone that is used. */
  private readonly finest: number;
  private readonly laterals: readonly NeckLayer[];
  private readonly outputs: readonly NeckLayer[];

  /**
   * @param config levels, channels and groups
   * @param inputs the levels of the backbone, finest first
   * @param random draws the initial weights
   * @throws when the backbone does not have the finest level
   */
  constructor(
    { levels, channels, groups }: Omit<PyramidConfig, "kind" | "canonicalSize">,
    inputs: readonly NeckInput[],
    random: Random,
  ) {
    this.strides = levels.map(strideOfLevel);
    this.finest = inputs.findIndex(({ stride }) => stride === this.strides[0]);
    if (this.finest < 0)
      throw new Error(
        `the backbone has the strides ${inputs.map(({ stride }) => stride).join(", ")}, and level ${levels[0]} of the pyramid needs ${this.strides[0]}`,
      );
    const layers = (this.layers = new NeckLayers(channels, groups, random));
    const used = inputs.slice(this.finest);
    this.laterals = used.map((input, i) =>
      layers.layer(`lateral${levels[0] + i}`, {
        size: 1,
        inputs: input.channels,
        beforeRelu: false,
      }),
    );
    this.outputs = levels
      .slice(0, used.length)
      .map((level) =>
        layers.layer(`output${level}`, { size: 3, inputs: channels, beforeRelu: false }),
      );
  }

  /**
   * Computes the maps.
   * @param levels `[N, H, W, C]` for each level of the backbone, finest first
   * @returns `[N, H, W, channels]` for each level of the pyramid, finest first; the tensors belong
   * to the caller's gradient tape or `tf.tidy`
   */
  forward(levels: readonly tf.Tensor4D[]): tf.Tensor4D[] {
    const { laterals, outputs, strides } = this;
    const merged: tf.Tensor4D[] = [];
    for (let i = laterals.length - 1; i >= 0; i--) {
      const lateral = laterals[i](levels[this.finest + i]);
      merged.unshift(merged.length ? addUpscaled(lateral, merged[0]) : lateral);
    }
    const maps = outputs.map((output, i) => output(merged[i]));
    while (maps.length < strides.length) maps.push(subsample(maps[maps.length - 1]));
    return maps;
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

/** Every second cell of every second row, starting with the first. */
function subsample(map: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(map, 1, 2, "same");
}
