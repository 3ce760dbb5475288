/**
 * One stage of the detection head (Fast R-CNN, section 2.1): the features inside a roi become a
 * foreground logit, class logits and box deltas. Foreground and class are apart, so that a class
 * that can hardly be told does not bend the finding.
 */
import type { RoiConfig } from "../../../config/index";
import type { Random } from "../../../util/random";
import { tf } from "../../../tensor/tensorflow";
import { Parameters } from "../../../tensor/parameters";
import { roiAlign } from "../../../tensor/roi-align";

const LOGIT_DEVIATION = 0.01;
const DELTA_DEVIATION = 0.001;

export interface HeadOutput {
  /** `[R]` logits. */
  readonly foreground: tf.Tensor1D;
  /** `[R, C]` */
  readonly classLogits: tf.Tensor2D;
  /** `[R, 4]`, one box for all classes. */
  readonly boxDeltas: tf.Tensor2D;
}

type Dense = { kernel: tf.Variable; bias: tf.Variable };

export interface BoxHeadOptions {
  /** Prefix of its variables. */
  readonly name: string;
  /** Units of the fully connected layers. */
  readonly hidden: readonly number[];
  readonly roi: RoiConfig;
  /** Pixels of the network's input from one cell of the features to the next. */
  readonly stride: number;
  /** Channels of the features. */
  readonly inputChannels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Draws the initial weights. */
  readonly random: Random;
}

/** Fully connected layers over the features of each RoI. */
export class BoxHead {
  private readonly parameters: Parameters;
  private readonly hidden: Dense[];
  private readonly outputs: Record<"foreground" | "classes" | "deltas", Dense>;
  private readonly roi: RoiConfig;
  private readonly stride: number;

  constructor({ name, hidden, roi, stride, inputChannels, classes, random }: BoxHeadOptions) {
    this.roi = roi;
    this.stride = stride;
    const parameters = (this.parameters = new Parameters(name, random));
    let inputs = roi.outputSize * roi.outputSize * inputChannels;
    this.hidden = hidden.map((units, i) => {
      const layer = {
        kernel: parameters.he(`hidden${i}/kernel`, [inputs, units]),
        bias: parameters.constant(`hidden${i}/bias`, [units]),
      };
      inputs = units;
      return layer;
    });
    const output = (layer: string, units: number, deviation: number) => ({
      kernel: parameters.normal(`${layer}/kernel`, [inputs, units], deviation),
      bias: parameters.constant(`${layer}/bias`, [units]),
    });
    this.outputs = {
      foreground: output("foreground", 1, LOGIT_DEVIATION),
      classes: output("classes", classes, LOGIT_DEVIATION),
      deltas: output("deltas", 4, DELTA_DEVIATION),
    };
  }

  /**
   * @param features `[N, H, W, C]`
   * @param rois `[R, 4]` pixels
   * @param roiImages `[R]` int32: which of the N images each lies in
   */
  forward(features: tf.Tensor4D, rois: tf.Tensor2D, roiImages: tf.Tensor1D): HeadOutput {
    let x = this.regionFeatures(features, rois, roiImages).reshape<tf.Tensor2D>([
      rois.shape[0],
      -1,
    ]);
    const dense = (input: tf.Tensor2D, { kernel, bias }: Dense) =>
      input.matMul<tf.Tensor2D>(kernel as unknown as tf.Tensor2D).add<tf.Tensor2D>(bias);
    for (const layer of this.hidden) x = dense(x, layer).relu();
    return {
      foreground: dense(x, this.outputs.foreground).reshape([-1]),
      classLogits: dense(x, this.outputs.classes),
      boxDeltas: dense(x, this.outputs.deltas),
    };
  }

  /**
   * What the head sees of each roi, with its surroundings: `[R, outputSize, outputSize, C]`.
   * Parameters as `forward`'s.
   */
  regionFeatures(features: tf.Tensor4D, rois: tf.Tensor2D, roiImages: tf.Tensor1D): tf.Tensor4D {
    const { outputSize, samplingRatio, context } = this.roi;
    const regions = context === 1 ? rois : widen(rois, context);
    return roiAlign(features, regions, roiImages, {
      stride: this.stride,
      outputSize,
      samplingRatio,
    });
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return this.parameters.all();
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** Boxes `[R, 4]` with the same centers and `factor` times the sides. */
function widen(boxes: tf.Tensor2D, factor: number): tf.Tensor2D {
  const [low, high] = tf.split(boxes, 2, 1);
  const margin = high.sub(low).mul((factor - 1) / 2);
  return tf.concat([low.sub(margin), high.add(margin)], 1) as tf.Tensor2D;
}
