/**
 * The neck, between backbone and region proposal network (feature pyramids, Lin et al. 2017,
 * section 3, with a single output map). It combines the levels of the backbone in one map with the
 * finest stride. Fine levels show where a small tumor is; coarse levels show what it is.
 */
import type { NeckConfig } from "../../config/index";
import type { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import { convolution } from "../../tensor/convolution";
import { groupNorm } from "../../tensor/group-norm";
import { Parameters } from "../../tensor/parameters";

/** The weights of a convolution and of the group normalization after it. */
interface Layer {
  readonly kernel: tf.Variable;
  readonly bias: tf.Variable;
  readonly gamma: tf.Variable;
  readonly beta: tf.Variable;
}

/**
 * One 1x1 convolution with group normalization for each level (the paper's lateral connections).
 * The results are added from the coarsest level to the finest one. A 3x3 convolution follows.
 */
export class FusedNeck {
  private readonly parameters: Parameters;
  private readonly laterals: readonly Layer[];
  private readonly blend: Layer;

  /**
   * @param inputChannels channels of each level, finest first
   * @param random draws the initial weights
   */
  constructor(
    private readonly config: NeckConfig,
    inputChannels: readonly number[],
    random: Random,
  ) {
    const parameters = (this.parameters = new Parameters("neck", random));
    const layer = (name: string, size: number, inputs: number): Layer => ({
      kernel: parameters.he(`${name}/kernel`, [size, size, inputs, config.channels]),
      bias: parameters.constant(`${name}/bias`, [config.channels]),
      gamma: parameters.constant(`${name}/gamma`, [config.channels], 1),
      beta: parameters.constant(`${name}/beta`, [config.channels]),
    });
    this.laterals = inputChannels.map((channels, level) => layer(`lateral${level}`, 1, channels));
    this.blend = layer("blend", 3, config.channels);
  }

  /**
   * Combines the levels.
   * @param levels `[N, H, W, C]` for each level, finest first
   * @returns `[N, H, W, channels]` at the size of the finest level; the tensors belong to the
   * caller's gradient tape or `tf.tidy`
   */
  forward(levels: readonly tf.Tensor4D[]): tf.Tensor4D {
    let fused: tf.Tensor4D | null = null;
    for (let level = levels.length - 1; level >= 0; level--) {
      const lateral = this.run(this.laterals[level], levels[level]);
      const [, height, width] = lateral.shape;
      // The size of the finer level, not a factor of 2: at odd sizes, a level has half the cells of
      // the finer one, rounded up.
      fused = fused
        ? lateral.add<tf.Tensor4D>(tf.image.resizeNearestNeighbor(fused, [height, width]))
        : lateral;
    }
    return this.run(this.blend, fused!.relu()).relu();
  }

  /** The trained variables, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  /** Frees the weights. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** Convolution and group normalization. */
  private run({ kernel, bias, gamma, beta }: Layer, x: tf.Tensor4D): tf.Tensor4D {
    const convolved = convolution(x, kernel as tf.Tensor4D, bias as tf.Tensor1D, {
      activation: "none",
    });
    return groupNorm(convolved, gamma as tf.Tensor1D, beta as tf.Tensor1D, {
      groups: this.config.groups,
    });
  }
}
