/** A convolution of a neck, with its normalization. */
import type { Random } from "../../util/random";
import { convolution } from "../../tensor/convolution";
import { groupNorm } from "../../tensor/group-norm";
import { Parameters } from "../../tensor/parameters";
import type { tf } from "../../tensor/tensorflow";

/** Computes `[N, H, W, channels]` from `[N, H, W, inputs]`, without an activation. */
export type NeckLayer = (x: tf.Tensor4D) => tf.Tensor4D;

/** The shape of the kernel of a layer. */
export interface NeckLayerOptions {
  /** Side of the kernel, in cells. */
  readonly size: number;
  /** Channels of the input. */
  readonly inputs: number;
  /** Whether a ReLU follows, which needs larger initial weights. */
  readonly beforeRelu: boolean;
}

/** Creates the layers of a neck, and holds their variables. */
export class NeckLayers {
  private readonly parameters: Parameters;

  /**
   * @param channels of the output of every layer
   * @param groups of the group normalization; 0 leaves it out
   * @param random draws the initial weights
   */
  constructor(
    private readonly channels: number,
    private readonly groups: number,
    random: Random,
  ) {
    this.parameters = new Parameters("neck", random);
  }

  /** Creates a layer with variables that start with `neck/name`. */
  layer(name: string, { size, inputs, beforeRelu }: NeckLayerOptions): NeckLayer {
    const { parameters, channels, groups } = this;
    const shape = [size, size, inputs, channels];
    const kernel = beforeRelu
      ? parameters.he(`${name}/kernel`, shape)
      : parameters.normal(`${name}/kernel`, shape, Math.sqrt(1 / (size * size * inputs)));
    const bias = parameters.constant(`${name}/bias`, [channels]);
    const convolve: NeckLayer = (x) =>
      convolution(x, kernel as tf.Tensor4D, bias as tf.Tensor1D, { activation: "none" });
    if (!groups) return convolve;
    const gamma = parameters.constant(`${name}/gamma`, [channels], 1);
    const beta = parameters.constant(`${name}/beta`, [channels]);
    return (x) => groupNorm(convolve(x), gamma as tf.Tensor1D, beta as tf.Tensor1D, { groups });
  }

  /** The trained variables, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  /** Frees the weights. */
  dispose(): void {
    this.parameters.dispose();
  }
}
