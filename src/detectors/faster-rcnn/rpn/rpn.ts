/**
 * The region proposal network (Faster R-CNN, section 3.1): for every anchor, how likely it holds
 * an object and how to move it onto it.
 */
import type { Random } from "../../../util/random";
import { tf } from "../../../tensor/tensorflow";
import { convolution } from "../../../tensor/convolution";
import { Parameters } from "../../../tensor/parameters";

/**
 * Standard deviation of the output layers' first weights (section 3.1.3): small, so that training
 * starts from the bare anchors.
 */
const OUTPUT_DEVIATION = 0.01;

export interface RpnOutput {
  /** `[N, A]` logits. */
  readonly objectness: tf.Tensor2D;
  /** `[N, A, 4]`, as `BoxCoder` encodes them. */
  readonly boxDeltas: tf.Tensor3D;
}

export interface RpnOptions {
  /** Channels of the 3x3 convolution. */
  readonly channels: number;
  /** Channels of the features. */
  readonly inputChannels: number;
  readonly anchorsPerCell: number;
  /** Draws the initial weights. */
  readonly random: Random;
}

/** A 3x3 convolution, and two 1x1 convolutions beside each other: objectness and box deltas. */
export class RegionProposalNetwork {
  private readonly parameters: Parameters;
  private readonly hidden: { kernel: tf.Variable; bias: tf.Variable };
  private readonly objectness: { kernel: tf.Variable; bias: tf.Variable };
  private readonly deltas: { kernel: tf.Variable; bias: tf.Variable };

  constructor({ channels, inputChannels, anchorsPerCell, random }: RpnOptions) {
    const parameters = (this.parameters = new Parameters("rpn", random));
    this.hidden = {
      kernel: parameters.he("hidden/kernel", [3, 3, inputChannels, channels]),
      bias: parameters.constant("hidden/bias", [channels]),
    };
    const output = (name: string, outputs: number) => ({
      kernel: parameters.normal(`${name}/kernel`, [1, 1, channels, outputs], OUTPUT_DEVIATION),
      bias: parameters.constant(`${name}/bias`, [outputs]),
    });
    this.objectness = output("objectness", anchorsPerCell);
    this.deltas = output("deltas", 4 * anchorsPerCell);
  }

  /**
   * @param features `[N, H, W, C]`
   * @returns logits and deltas in the order of `generateAnchors`: row, column, shape; their tensors
   * are the caller's tape's or tidy's
   */
  forward(features: tf.Tensor4D): RpnOutput {
    const layer = (
      x: tf.Tensor4D,
      { kernel, bias }: typeof this.hidden,
      activation: "none" | "relu",
    ) => convolution(x, kernel as tf.Tensor4D, bias as tf.Tensor1D, { activation });
    const hidden = layer(features, this.hidden, "relu");
    const count = features.shape[0];
    // NHWC keeps a cell's channels together, so that a plain reshape gives the anchors' order.
    return {
      objectness: layer(hidden, this.objectness, "none").reshape([count, -1]),
      boxDeltas: layer(hidden, this.deltas, "none").reshape([count, -1, 4]),
    };
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
