/**
 * The second half of the detector: a sequence of heads (Cascade R-CNN, Cai & Vasconcelos 2018,
 * section 4). Each head refines the boxes of the previous one and is trained with a higher IoU.
 * With a single stage it is the head of Fast R-CNN (section 2).
 */
import { boxCount, clipBoxes, concatBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import type { HeadConfig, RoiConfig } from "../../../config/index";
import { tf } from "../../../tensor/tensorflow";
import type { NetworkBoxes } from "../../../types";
import type { Random } from "../../../util/random";
import type { StageTrace } from "../detection-trace";
import type { RoiLosses } from "../loss-shares";
import { fromView, toView, UNCHANGED, type View } from "../views";
import { matchRois, type RoiAssignment } from "./assign-targets";
import { BoxHead, type HeadOutput } from "./box-head";
import type { RoiMaps } from "./multi-scale-roi-align";
import { stageLosses } from "./stage-losses";

/** The refined RoIs and their scores, in plain arrays. */
export interface CascadeResult {
  /** The results of each stage; empty when there is no RoI. */
  readonly stages: readonly StageTrace[];
  /** `[R, 4]`: the boxes after the last stage. */
  readonly boxes: NetworkBoxes;
  /** `[R]` probabilities, the mean over the stages. */
  readonly foreground: Float32Array;
  /** `[R, C]` probabilities, the mean over the stages. */
  readonly classProbabilities: Float32Array;
}

/**
 * The weighted losses, summed over the stages. The tensors belong to the caller's gradient tape.
 */
export interface CascadeLosses {
  readonly foreground: tf.Scalar;
  readonly class: tf.Scalar;
  readonly boxes: tf.Scalar;
  /** The share of each RoI, `[image][stage]`; null without `withShares`. */
  readonly byRoi: readonly (readonly RoiLosses[])[] | null;
}

/** The maps of one view of some images. */
export interface ViewFeatures {
  readonly view: View;
  /** One tensor for each map. */
  readonly features: readonly tf.Tensor4D[];
}

/** The RoIs that a stage starts from. */
interface StageRois {
  /** `[R, 4]` */
  readonly rois: NetworkBoxes;
  /** The index of each RoI's image. */
  readonly images: readonly number[];
}

/** Options of the constructor of `Cascade`. */
export interface CascadeOptions {
  readonly config: HeadConfig;
  readonly roi: RoiConfig;
  /** The maps that the RoIs are pooled from. */
  readonly maps: RoiMaps;
  /** Channels of the features. */
  readonly inputChannels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Side of the network's input, in pixels. Refined boxes are clipped to it. */
  readonly imageSize: number;
  /** Draws the initial weights. */
  readonly random: Random;
}

/**
 * A sequence of heads.
 * @example
 * const { boxes, foreground } = detector.cascade.detect(features, rois, images);
 */
export class Cascade {
  readonly heads: readonly BoxHead[];
  private readonly coders: readonly BoxCoder[];

  constructor(private readonly options: CascadeOptions) {
    const { config, ...head } = options;
    this.heads = config.stages.map(
      (_, i) => new BoxHead({ name: `head${i}`, hidden: config.hidden, ...head }),
    );
    this.coders = config.stages.map(({ deltaWeights }) => new BoxCoder(deltaWeights));
  }

  /**
   * Computes the losses of all stages. Each later stage starts from the boxes of the previous one.
   * These boxes are constants: no gradient flows through them, as in the proposals of the first
   * stage.
   * @param features `[N, H, W, C]` for each map
   * @param assignments the RoIs of the first stage and their targets, one entry for each image
   * @param options how to compute them
   * @param options.withShares also computes the share of each RoI; the default is false
   */
  losses(
    features: readonly tf.Tensor4D[],
    assignments: readonly RoiAssignment[],
    { withShares = false }: { readonly withShares?: boolean } = {},
  ): CascadeLosses {
    const { config } = this.options;
    const images = assignments.flatMap(({ rois }, image) =>
      Array<number>(boxCount(rois)).fill(image),
    );
    const terms: Record<"foreground" | "class" | "boxes", tf.Scalar[]> = {
      foreground: [],
      class: [],
      boxes: [],
    };
    const byRoi = assignments.map((): RoiLosses[] => []);
    let current = assignments;
    for (const [i, stage] of config.stages.entries()) {
      // Without RoIs there is no loss, and TensorFlow cannot reshape an empty tensor to [0, -1].
      if (!images.length) break;
      const rois = concatBoxes(current.map((image) => image.rois));
      const output = this.run(i, features, { rois, images });
      const losses = stageLosses(output, current, {
        config,
        stage,
        coder: this.coders[i],
        withShares,
      });
      terms.foreground.push(losses.foreground);
      if (losses.class) terms.class.push(losses.class);
      if (losses.boxes) terms.boxes.push(losses.boxes);
      losses.byRoi?.forEach((shares, image) => byRoi[image].push(shares));
      const next = config.stages[i + 1];
      if (!next) break;
      const refined = this.refine(i, rois, output.boxDeltas.dataSync<"float32">());
      let start = 0;
      current = current.map((image) => {
        const moved: NetworkBoxes = refined.slice(start, (start += image.rois.length));
        const matches = matchRois(moved, image.target, next.foregroundIou);
        return { rois: moved, target: image.target, ...matches };
      });
    }
    const total = (scalars: tf.Scalar[]) =>
      scalars.length ? (tf.addN(scalars) as tf.Scalar) : tf.scalar(0);
    return {
      foreground: total(terms.foreground),
      class: total(terms.class),
      boxes: total(terms.boxes),
      byRoi: withShares ? byRoi : null,
    };
  }

  /**
   * Refines RoIs through all stages, and averages the probabilities of the stages.
   * @param features `[N, H, W, C]` for each map
   * @param rois `[R, 4]`
   * @param images the index of each RoI's image among the N
   */
  detect(
    features: readonly tf.Tensor4D[],
    rois: NetworkBoxes,
    images: readonly number[],
  ): CascadeResult {
    return this.detectViews([{ view: UNCHANGED, features }], rois, images);
  }

  /**
   * Refines RoIs as `detect` does, in several views of the same images. After each stage, boxes and
   * probabilities of a RoI are averaged over the views; the next stage starts from the mean boxes.
   * @param views at least one: its features are `[N, H, W, C]` for each map
   * @param rois `[R, 4]` in pixels of the unchanged image
   * @param images the index of each RoI's image among the N
   * @returns boxes in pixels of the unchanged image
   */
  detectViews(
    views: readonly ViewFeatures[],
    rois: NetworkBoxes,
    images: readonly number[],
  ): CascadeResult {
    const count = images.length;
    const foreground = new Float32Array(count);
    const classProbabilities = new Float32Array(count * this.options.classes);
    const stages: StageTrace[] = [];
    let boxes = rois;
    if (!count) return { stages, boxes, foreground, classProbabilities };
    const share = 1 / this.heads.length;
    for (const stage of this.heads.keys()) {
      const starts = boxes;
      const result = meanOfStages(
        views.map((view) => this.detectStage(stage, view, { rois: starts, images })),
      );
      result.foreground.forEach((score, i) => (foreground[i] += share * score));
      result.classProbabilities.forEach(
        (probability, i) => (classProbabilities[i] += share * probability),
      );
      boxes = result.boxes;
      stages.push(result);
    }
    return { stages, boxes, foreground, classProbabilities };
  }

  /** The trained variables of all heads, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return Object.assign({}, ...this.heads.map((head) => head.variables())) as Record<
      string,
      tf.Variable
    >;
  }

  /** Frees the weights of all heads. */
  dispose(): void {
    for (const head of this.heads) head.dispose();
  }

  /** The result of one stage in one view. RoIs and boxes are in pixels of the unchanged image. */
  private detectStage(
    stage: number,
    { view, features }: ViewFeatures,
    { rois, images }: StageRois,
  ): StageTrace {
    const { imageSize } = this.options;
    const inView = toView(rois, view, imageSize);
    const [scores, classes, deltas] = tf.tidy(() => {
      const output = this.run(stage, features, { rois: inView, images });
      return [output.foreground.sigmoid(), output.classLogits.softmax(), output.boxDeltas];
    });
    const refined = this.refine(stage, inView, deltas.dataSync<"float32">());
    const result = {
      boxes: fromView(refined, view, imageSize),
      foreground: scores.dataSync<"float32">(),
      classProbabilities: classes.dataSync<"float32">(),
    };
    tf.dispose([scores, classes, deltas]);
    return result;
  }

  /** The predictions of one stage. */
  private run(
    stage: number,
    features: readonly tf.Tensor4D[],
    { rois, images }: StageRois,
  ): HeadOutput {
    const boxes = tf.tensor2d(rois, [images.length, 4]);
    return this.heads[stage].forward(features, boxes, tf.tensor1d([...images], "int32"));
  }

  /** The boxes that leave one stage, clipped to the image. */
  private refine(stage: number, rois: NetworkBoxes, deltas: Float32Array): NetworkBoxes {
    const { imageSize } = this.options;
    return clipBoxes(this.coders[stage].decode(rois, deltas), imageSize, imageSize);
  }
}

/** The mean of a stage's results in several views. */
function meanOfStages(results: readonly StageTrace[]): StageTrace {
  // One view keeps every bit.
  if (results.length === 1) return results[0];
  const mean = (values: (result: StageTrace) => Float32Array) =>
    values(results[0]).map(
      (_, i) => results.reduce((sum, result) => sum + values(result)[i], 0) / results.length,
    );
  return {
    boxes: mean(({ boxes }) => boxes),
    foreground: mean(({ foreground }) => foreground),
    classProbabilities: mean(({ classProbabilities }) => classProbabilities),
  };
}
