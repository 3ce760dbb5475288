/**
 * The second half of the detector: heads in a row. Each head refines the boxes of the one before
 * and asks for a tighter fit (Cascade R-CNN, Cai & Vasconcelos 2018, section 4). With a single
 * stage it is the head of Fast R-CNN.
 */
import { boxCount, clipBoxes, concatBoxes } from "../../../boxes/box";
import { BoxCoder } from "../../../boxes/box-coder";
import type { HeadConfig, RoiConfig } from "../../../config/index";
import { tf } from "../../../tensor/tensorflow";
import type { NetworkBoxes } from "../../../types";
import type { Random } from "../../../util/random";
import type { StageTrace } from "../detection-trace";
import type { RoiLosses } from "../loss-shares";
import { matchRois, type RoiAssignment } from "./assign-targets";
import { BoxHead, type HeadOutput } from "./box-head";
import { stageLosses } from "./stage-losses";

/** What the cascade makes of RoIs, in plain arrays. */
export interface CascadeResult {
  /** One entry for each stage, with all R RoIs. */
  readonly stages: readonly StageTrace[];
  /** `[R, 4]` refined boxes. */
  readonly boxes: NetworkBoxes;
  /** `[R]` probabilities, the mean over the stages. */
  readonly foreground: Float32Array;
  /** `[R, C]` probabilities, the mean over the stages. */
  readonly classProbabilities: Float32Array;
}

/** The weighted terms of all stages, for the caller's tape. */
export interface CascadeLosses {
  readonly foreground: tf.Scalar;
  readonly class: tf.Scalar;
  readonly boxes: tf.Scalar;
  /** What each RoI adds to the terms, `[image][stage]`; null when it was not asked for. */
  readonly byRoi: readonly (readonly RoiLosses[])[] | null;
}

export interface CascadeOptions {
  readonly config: HeadConfig;
  readonly roi: RoiConfig;
  /** Pixels of the network's input from one cell of the features to the next. */
  readonly stride: number;
  /** Channels of the features. */
  readonly inputChannels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Side of the network's input in pixels, to which refined boxes are clipped. */
  readonly imageSize: number;
  /** Draws the initial weights. */
  readonly random: Random;
}

/**
 * Heads in a row.
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
   * Every stage's losses, summed by kind and weighted. Later stages start from the boxes that the
   * earlier ones make. These boxes are constants for them, as proposals are for the first stage.
   * @param features `[N, H, W, C]`
   * @param assignments one entry for each image
   * @param options.withShares also computes the share of each RoI
   */
  losses(
    features: tf.Tensor4D,
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
      if (!images.length) break;
      const rois = concatBoxes(current.map((own) => own.rois));
      const output = this.run(i, features, rois, images);
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
      current = current.map(({ target, rois: own }) => {
        const moved: NetworkBoxes = refined.slice(start, (start += own.length));
        return { rois: moved, target, ...matchRois(moved, target, next.foregroundIou) };
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
   * Refines RoIs through all stages.
   * @param features `[N, H, W, C]`
   * @param rois `[R, 4]`
   * @param images for each RoI, the index of its image among the N
   */
  detect(features: tf.Tensor4D, rois: NetworkBoxes, images: readonly number[]): CascadeResult {
    const count = images.length;
    const foreground = new Float32Array(count);
    const classProbabilities = new Float32Array(count * this.options.classes);
    const stages: StageTrace[] = [];
    let boxes = rois;
    if (!count) return { stages, boxes, foreground, classProbabilities };
    const share = 1 / this.heads.length;
    for (const stage of this.heads.keys()) {
      const [scores, classes, deltas] = tf.tidy(() => {
        const output = this.run(stage, features, boxes, images);
        return [output.foreground.sigmoid(), output.classLogits.softmax(), output.boxDeltas];
      });
      const own = {
        foreground: scores.dataSync<"float32">(),
        classProbabilities: classes.dataSync<"float32">(),
      };
      own.foreground.forEach((score, i) => (foreground[i] += share * score));
      own.classProbabilities.forEach(
        (probability, i) => (classProbabilities[i] += share * probability),
      );
      boxes = this.refine(stage, boxes, deltas.dataSync<"float32">());
      stages.push({ boxes, ...own });
      tf.dispose([scores, classes, deltas]);
    }
    return { stages, boxes, foreground, classProbabilities };
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return Object.assign({}, ...this.heads.map((head) => head.variables())) as Record<
      string,
      tf.Variable
    >;
  }

  dispose(): void {
    for (const head of this.heads) head.dispose();
  }

  private run(
    stage: number,
    features: tf.Tensor4D,
    rois: NetworkBoxes,
    images: readonly number[],
  ): HeadOutput {
    const boxes = tf.tensor2d(rois, [images.length, 4]);
    return this.heads[stage].forward(features, boxes, tf.tensor1d([...images], "int32"));
  }

  private refine(stage: number, rois: NetworkBoxes, deltas: Float32Array): NetworkBoxes {
    const { imageSize } = this.options;
    return clipBoxes(this.coders[stage].decode(rois, deltas), imageSize, imageSize);
  }
}
