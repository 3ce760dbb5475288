/**
 * Between backbone and region proposal network: features of several strides become one map. A tumor
 * of 30 pixels wants the finest stride's detail, and the coarser ones' knowledge of what it is
 * (feature pyramids, Lin et al. 2017, section 3, with a single output map).
 */
import type { NeckConfig } from "../../config/index";
import type { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import { convolution } from "../../tensor/convolution";
import { groupNorm } from "../../tensor/group-norm";
import { Parameters } from "../../tensor/parameters";

/**
 * Laterals (1x1, group norm) added from the coarsest down, then a 3x3 convolution that blends
 * them.
 */
export class FusedNeck {
  private readonly parameters: Parameters;
  private readonly laterals: {
    kernel: tf.Variable;
    bias: tf.Variable;
    gamma: tf.Variable;
    beta: tf.Variable;
  }[];
  private readonly blend: {
    kernel: tf.Variable;
    bias: tf.Variable;
    gamma: tf.Variable;
    beta: tf.Variable;
  };

  /** @param inputChannels channels of each level, finest first */
  constructor(
    private readonly config: NeckConfig,
    inputChannels: readonly number[],
    random: Random,
  ) {
    const parameters = (this.parameters = new Parameters("neck", random));
    const layer = (name: string, size: number, inputs: number) => ({
      kernel: parameters.he(`${name}/kernel`, [size, size, inputs, config.channels]),
      bias: parameters.constant(`${name}/bias`, [config.channels]),
      gamma: parameters.constant(`${name}/gamma`, [config.channels], 1),
      beta: parameters.constant(`${name}/beta`, [config.channels]),
    });
    this.laterals = inputChannels.map((channels, level) => layer(`lateral${level}`, 1, channels));
    this.blend = layer("blend", 3, config.channels);
  }

  /**
   * @param levels `[N, H, W, C]` each, finest first, each half the size of the one before
   * @returns `[N, H, W, channels]` at the finest level's size; intermediate tensors are the
   * caller's tape's or tidy's
   */
  forward(levels: readonly tf.Tensor4D[]): tf.Tensor4D {
    let fused: tf.Tensor4D | null = null;
    for (let level = levels.length - 1; level >= 0; level--) {
      const { kernel, bias, gamma, beta } = this.laterals[level];
      const projected = convolution(levels[level], kernel as tf.Tensor4D, bias as tf.Tensor1D, {
        activation: "none",
      });
      const lateral = groupNorm(
        projected,
        gamma as tf.Tensor1D,
        beta as tf.Tensor1D,
        this.config.groups,
      );
      const [, height, width] = lateral.shape;
      fused = fused
        ? lateral.add<tf.Tensor4D>(tf.image.resizeNearestNeighbor(fused, [height, width]))
        : lateral;
    }
    const { kernel, bias, gamma, beta } = this.blend;
    const blended = convolution(fused!.relu(), kernel as tf.Tensor4D, bias as tf.Tensor1D, {
      activation: "none",
    });
    return groupNorm(blended, gamma as tf.Tensor1D, beta as tf.Tensor1D, this.config.groups).relu();
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
