/**
 * The region proposal network (Faster R-CNN, section 3.1). For every anchor it predicts whether the
 * anchor contains an object, and how to move the anchor onto the object.
 */
import type { Random } from "../../../util/random";
import { tf } from "../../../tensor/tensorflow";
import { convolution } from "../../../tensor/convolution";
import { Parameters } from "../../../tensor/parameters";

/**
 * Standard deviation of the initial weights of the output layers (section 3.1.3). It is small, so
 * that the first proposals are close to the anchors.
 */
const OUTPUT_DEVIATION = 0.01;

/** The predictions for N images and A anchors. */
export interface RpnOutput {
  /** `[N, A]` logits. */
  readonly objectness: tf.Tensor2D;
  /** `[N, A, 4]`, as `BoxCoder` encodes them. */
  readonly boxDeltas: tf.Tensor3D;
}

/** Options of the constructor of `RegionProposalNetwork`. */
export interface RpnOptions {
  /** Channels of the 3x3 convolution. */
  readonly channels: number;
  /** Channels of the features. */
  readonly inputChannels: number;
  readonly anchorsPerCell: number;
  /** Draws the initial weights. */
  readonly random: Random;
}

type Layer = { readonly kernel: tf.Variable; readonly bias: tf.Variable };

/**
 * A 3x3 convolution, followed by two 1x1 convolutions side by side: one for the objectness, one for
 * the deltas.
 */
export class RegionProposalNetwork {
  private readonly parameters: Parameters;
  private readonly hidden: Layer;
  private readonly objectness: Layer;
  private readonly deltas: Layer;

  constructor({ channels, inputChannels, anchorsPerCell, random }: RpnOptions) {
    const parameters = (this.parameters = new Parameters("rpn", random));
    this.hidden = {
      kernel: parameters.he("hidden/kernel", [3, 3, inputChannels, channels]),
      bias: parameters.constant("hidden/bias", [channels]),
    };
    const outputLayer = (name: string, outputs: number) => ({
      kernel: parameters.normal(`${name}/kernel`, [1, 1, channels, outputs], OUTPUT_DEVIATION),
      bias: parameters.constant(`${name}/bias`, [outputs]),
    });
    this.objectness = outputLayer("objectness", anchorsPerCell);
    this.deltas = outputLayer("deltas", 4 * anchorsPerCell);
  }

  /**
   * Computes objectness and deltas.
   * @param features `[N, H, W, C]`
   * @returns the predictions in the order of `generateAnchors`: row, column, shape. The tensors
   * belong to the caller's gradient tape or `tf.tidy`.
   */
  forward(features: tf.Tensor4D): RpnOutput {
    const run = (x: tf.Tensor4D, { kernel, bias }: Layer, activation: "none" | "relu") =>
      convolution(x, kernel as tf.Tensor4D, bias as tf.Tensor1D, { activation });
    const hidden = run(features, this.hidden, "relu");
    const imageCount = features.shape[0];
    // Trap: in NHWC the channels of a cell are neighbors in memory, so that reshaping gives the
    // order of the anchors. In PyTorch's NCHW the axes would have to be permuted first.
    return {
      objectness: run(hidden, this.objectness, "none").reshape([imageCount, -1]),
      boxDeltas: run(hidden, this.deltas, "none").reshape([imageCount, -1, 4]),
    };
  }

  /**
   * Computes objectness and deltas for several maps with the same weights (feature pyramids, Lin et
   * al. 2017, section 4.1).
   * @param maps `[N, H, W, C]` each
   * @returns the predictions in the order of `generateLevelAnchors`: map by map. The tensors belong
   * to the caller's gradient tape or `tf.tidy`.
   */
  forwardLevels(maps: readonly tf.Tensor4D[]): RpnOutput {
    const outputs = maps.map((map) => this.forward(map));
    if (outputs.length === 1) return outputs[0];
    return {
      objectness: tf.concat(
        outputs.map(({ objectness }) => objectness),
        1,
      ),
      boxDeltas: tf.concat(
        outputs.map(({ boxDeltas }) => boxDeltas),
        1,
      ),
    };
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
