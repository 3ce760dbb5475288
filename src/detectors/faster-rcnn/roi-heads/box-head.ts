/**
 * One stage of the head (Fast R-CNN, section 2): it computes a foreground logit, class logits and
 * box deltas from the features in a RoI. The paper has one softmax over all classes and the
 * background. Here the foreground has its own logit, so that a class that is difficult to recognize
 * does not lower the score of the detection.
 */
import type { RoiConfig } from "../../../config/index";
import type { Random } from "../../../util/random";
import { tf } from "../../../tensor/tensorflow";
import { Parameters } from "../../../tensor/parameters";
import { multiScaleRoiAlign, type RoiMaps, roiLevels } from "./multi-scale-roi-align";

/** Standard deviations of the initial weights (Fast R-CNN, section 2.3). */
const LOGIT_DEVIATION = 0.01;
const DELTA_DEVIATION = 0.001;

/** The predictions for R RoIs. */
export interface HeadOutput {
  /** `[R]` logits. */
  readonly foreground: tf.Tensor1D;
  /** `[R, C]` */
  readonly classLogits: tf.Tensor2D;
  /** `[R, 4]`: the same deltas for every class. */
  readonly boxDeltas: tf.Tensor2D;
}

type Dense = { readonly kernel: tf.Variable; readonly bias: tf.Variable };

/** Options of the constructor of `BoxHead`. */
export interface BoxHeadOptions {
  /** Prefix of the names of the variables. */
  readonly name: string;
  /** Units of the fully connected layers. */
  readonly hidden: readonly number[];
  readonly roi: RoiConfig;
  /** The maps that the RoIs are pooled from. */
  readonly maps: RoiMaps;
  /** Channels of the features. */
  readonly inputChannels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Draws the initial weights. */
  readonly random: Random;
}

/** RoIAlign and fully connected layers. */
export class BoxHead {
  private readonly parameters: Parameters;
  private readonly hidden: Dense[];
  private readonly outputs: Record<"foreground" | "classes" | "deltas", Dense>;
  private readonly roi: RoiConfig;
  private readonly maps: RoiMaps;

  constructor({ name, hidden, roi, maps, inputChannels, classes, random }: BoxHeadOptions) {
    this.roi = roi;
    this.maps = maps;
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
   * Computes the predictions for RoIs.
   * @param features `[N, H, W, C]` for each map
   * @param rois `[R, 4]` pixels of the network's input
   * @param roiImages `[R]` int32: the index of each RoI's image among the N
   * @returns tensors that belong to the caller's gradient tape or `tf.tidy`
   */
  forward(features: readonly tf.Tensor4D[], rois: tf.Tensor2D, roiImages: tf.Tensor1D): HeadOutput {
    const pooled = this.regionFeatures(features, rois, roiImages);
    let x = pooled.reshape<tf.Tensor2D>([rois.shape[0], -1]);
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
   * Pools the features of each RoI and its surroundings. The size of the RoI without its
   * surroundings selects the map.
   * @param features `[N, H, W, C]` for each map
   * @param rois `[R, 4]` pixels of the network's input
   * @param roiImages `[R]` int32: the index of each RoI's image among the N
   * @returns `[R, outputSize, outputSize, C]`
   */
  regionFeatures(
    features: readonly tf.Tensor4D[],
    rois: tf.Tensor2D,
    roiImages: tf.Tensor1D,
  ): tf.Tensor4D {
    const { outputSize, samplingRatio, context } = this.roi;
    const { strides } = this.maps;
    // With one map, the boxes are not read back.
    const levels =
      strides.length === 1
        ? Array<number>(rois.shape[0]).fill(0)
        : roiLevels(rois.dataSync<"float32">(), this.maps);
    return multiScaleRoiAlign(features, {
      regions: context === 1 ? rois : widen(rois, context),
      images: roiImages,
      levels,
      strides,
      outputSize,
      samplingRatio,
    });
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

/** Multiplies the sides of boxes `[R, 4]` by a factor and keeps their centers. */
function widen(boxes: tf.Tensor2D, factor: number): tf.Tensor2D {
  const [low, high] = tf.split(boxes, 2, 1);
  const margin = high.sub(low).mul((factor - 1) / 2);
  return tf.concat([low.sub(margin), high.add(margin)], 1) as tf.Tensor2D;
}
