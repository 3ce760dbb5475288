/**
 * The whole detector (Faster R-CNN, section 3 and figure 2): backbone, neck, region proposal
 * network, proposals, and a cascade of heads. This file only connects the parts; a notebook can
 * call each of them by itself.
 */
import { inspect } from "util";
import { type Backbone, createBackbone, runBlocks } from "../../backbones/create-backbone";
import { anchorGrids, anchorLevels, generateLevelAnchors } from "../../boxes/anchor-levels";
import { type AnchorGrid, anchorsPerCell } from "../../boxes/anchors";
import { boxCount, concatBoxes } from "../../boxes/box";
import { requireUsable } from "../../config/check";
import type { Config, RpnConfig } from "../../config/index";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes, NetworkDetection, Target } from "../../types";
import { Random } from "../../util/random";
import { markReplaceable } from "../../util/running-cell";
import { configRules } from "../config-rules";
import type { CreateOptions, Detector, FeatureMaps, LossOptions, StepLosses } from "../detector";
import { detectorText } from "../detector-text";
import { CASCADE_RULES } from "./constraints";
import type { DetectionTrace } from "./detection-trace";
import { computeFeatureMaps } from "./feature-maps";
import { createNeck } from "./create-neck";
import type { Neck } from "./neck";
import { postprocessDetections } from "./postprocess-detections";
import { sampleRois } from "./roi-heads/assign-targets";
import { Cascade, type ViewFeatures } from "./roi-heads/cascade";
import { canonicalSizeOf } from "./roi-heads/multi-scale-roi-align";
import { selectRows } from "./roi-heads/select-rows";
import { assignAnchors } from "./rpn/assign-anchors";
import { type BatchProposals, detectionRpn, proposeBatch } from "./rpn/proposals";
import { RegionProposalNetwork, type RpnOutput } from "./rpn/rpn";
import { rpnLosses } from "./rpn/rpn-loss";
import { traceStep } from "./training-trace";
import { UNCHANGED } from "./views";

/**
 * Faster R-CNN with a cascade of heads.
 * @example
 * const detector = await FasterRCNN.create(presets.default, ["ring", "solid"]);
 */
export class FasterRCNN implements Detector {
  /** Combines the levels of the backbone. */
  readonly neck: Neck;
  /** Predicts objectness and deltas for the anchors. */
  readonly rpn: RegionProposalNetwork;
  /** Refines and classifies the proposals. */
  readonly cascade: Cascade;
  /** `[A, 4]`: those of the finest map first. */
  readonly anchors: NetworkBoxes;
  /** The maps of the neck, finest first. Region proposal network and heads use them. */
  readonly anchorGrids: readonly AnchorGrid[];
  /** Number of blocks, counted from the stem, that keep their ImageNet weights. */
  private readonly frozenBlocks: number;

  /**
   * Creates a detector with ImageNet weights in its backbone and random weights elsewhere. The
   * caller disposes it.
   * @throws one error that lists every problem of the configuration
   * @throws WeightsUnavailableError when the backbone's weights are not available
   */
  static async create(
    config: Config,
    classNames: readonly string[],
    options?: CreateOptions,
  ): Promise<FasterRCNN> {
    requireUsable(config, "FasterRCNN.create", configRules([CASCADE_RULES]));
    const backbone = await createBackbone(config.backbone);
    return new FasterRCNN(config, classNames, backbone, options);
  }

  /**
   * Creates a detector with any backbone. The configuration is not checked.
   * @param backbone belongs to the detector, which disposes it
   * @throws when `head.classWeights` does not have a weight for each class
   */
  constructor(
    readonly config: Config,
    readonly classNames: readonly string[],
    readonly backbone: Backbone,
    { random = new Random(`${config.seed}/weights`) }: CreateOptions = {},
  ) {
    const { classWeights } = config.head;
    if (classWeights && classWeights.length !== classNames.length)
      throw new Error(
        `head.classWeights has ${classWeights.length} weights for ${classNames.length} classes (${classNames.join(", ")}): write one for each, or null`,
      );
    const firstTrained = backbone.blocks.findIndex(
      (block) => Object.keys(block.variables).length > 0,
    );
    this.frozenBlocks = firstTrained < 0 ? backbone.blocks.length : firstTrained;
    const levels = backbone.levels.map((index) => backbone.blocks[index]);
    const { imageSize } = config.data;
    const inputChannels = config.neck.channels;
    this.neck = createNeck(config.neck, levels, random);
    const { strides } = this.neck;
    this.anchorGrids = anchorGrids(strides, imageSize);
    this.anchors = generateLevelAnchors(config.anchors, this.anchorGrids);
    this.rpn = new RegionProposalNetwork({
      channels: config.rpn.channels,
      inputChannels,
      anchorsPerCell: anchorsPerCell(config.anchors) / strides.length,
      random,
    });
    this.cascade = new Cascade({
      config: config.head,
      roi: config.roi,
      maps: { strides, canonicalSize: canonicalSizeOf(config) },
      inputChannels,
      classes: classNames.length,
      imageSize,
      random,
    });
    markReplaceable(this);
  }

  /** The trained variables of all parts, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    const variables: Record<string, tf.Variable> = {};
    for (const block of this.backbone.blocks) Object.assign(variables, block.variables);
    return Object.assign(
      variables,
      this.neck.variables(),
      this.rpn.variables(),
      this.cascade.variables(),
    );
  }

  /**
   * Runs the frozen blocks of the backbone.
   * @returns the frozen levels, finest first. When some blocks are trained, the input of the first
   * of them follows as the last tensor.
   */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => {
      const { backbone, frozenBlocks } = this;
      const input = backbone.preprocess(images);
      const outputs = backbone.levels.filter((level) => level < frozenBlocks);
      if (!frozenBlocks) return [input];
      if (frozenBlocks < backbone.blocks.length) outputs.push(frozenBlocks - 1);
      return runBlocks(backbone, input, { from: 0, to: frozenBlocks, outputs });
    });
  }

  /**
   * Runs the trained blocks of the backbone.
   * @param features the result of `frozenFeatures`
   * @returns all levels, finest first, `[N, H, W, C]` each; they belong to the caller's gradient
   * tape or `tf.tidy`
   */
  levelFeatures(features: readonly tf.Tensor4D[]): readonly tf.Tensor4D[] {
    const { backbone, frozenBlocks } = this;
    const { length } = backbone.blocks;
    if (frozenBlocks === length) return features;
    const start = features[features.length - 1];
    const trained = runBlocks(backbone, start, {
      from: frozenBlocks,
      to: length,
      outputs: backbone.levels,
    });
    return [...features.slice(0, -1), ...trained];
  }

  /**
   * Runs the trained blocks of the backbone and the neck.
   * @param features the result of `frozenFeatures`
   * @returns the maps that region proposal network and heads use, finest first, `[N, H, W,
   * channels]` each; they belong to the caller's gradient tape or `tf.tidy`
   */
  neckFeatures(features: readonly tf.Tensor4D[]): tf.Tensor4D[] {
    return this.neck.forward(this.levelFeatures(features));
  }

  /** Computes the losses of both stages. The stages are trained together (section 3.2). */
  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    { random, withTrace = false }: LossOptions,
  ): StepLosses {
    const { config, anchors } = this;
    const maps = this.neckFeatures(features);
    const output = this.rpn.forwardLevels(maps);
    const assignments = targets.map((target) =>
      assignAnchors(anchors, target, { config: config.rpn, random }),
    );
    const rpn = rpnLosses(output, assignments, { config: config.rpn, withShares: withTrace });

    const proposed = this.propose(output);
    const sampling = { config: config.head, imageSize: config.data.imageSize, random };
    const rois = targets.map((target, i) =>
      sampleRois(proposed.proposals[i].proposals, target, sampling),
    );
    const head = this.cascade.losses(maps, rois, { withShares: withTrace });
    const terms = {
      "RPN objectness": rpn.objectness,
      "RPN boxes": rpn.boxes,
      foreground: head.foreground,
      class: head.class,
      boxes: head.boxes,
    };
    return {
      total: tf.addN(Object.values(terms)) as tf.Scalar,
      terms,
      trace: withTrace
        ? traceStep({
            anchors,
            grids: this.anchorGrids,
            assignments,
            proposed,
            rois,
            shares: { byAnchor: rpn.byAnchor!, byRoi: head.byRoi },
          })
        : null,
    };
  }

  /**
   * Makes the proposals of each image from the output of the region proposal network.
   * @param config their settings; the default is those of training
   */
  propose(output: RpnOutput, config: RpnConfig = this.config.rpn): BatchProposals {
    const { anchors, anchorGrids: grids } = this;
    return proposeBatch(output, {
      anchors,
      config,
      imageSize: this.config.data.imageSize,
      levelCounts: anchorLevels(grids, boxCount(anchors)).map(({ count }) => count),
    });
  }

  /** Detects objects. Returns the detections of each image, by falling score. */
  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][] {
    return this.traceDetections(features).map(({ detections }) => [...detections]);
  }

  /**
   * Detects objects as `detectFeatures` does. Returns the intermediate results of every stage for
   * each image.
   */
  traceDetections(features: readonly tf.Tensor4D[]): DetectionTrace[] {
    return this.traceViews([{ view: UNCHANGED, features }]);
  }

  /**
   * Detects objects in several views of the same images. The proposals are those of the first view,
   * which is the unchanged image; the heads refine them in all views (`Cascade.detectViews`).
   * @param views the result of `frozenFeatures` for each view
   */
  traceViews(views: readonly ViewFeatures[]): DetectionTrace[] {
    const maps = views.map(({ features }) => tf.tidy(() => this.neckFeatures(features)));
    const [logits, boxDeltas] = tf.tidy(() => {
      const output = this.rpn.forwardLevels(maps[0]);
      return [output.objectness, output.boxDeltas];
    });
    const output = {
      objectness: logits as tf.Tensor2D,
      boxDeltas: boxDeltas as tf.Tensor3D,
    };
    const { objectness, proposals } = this.propose(output, detectionRpn(this.config));
    const counts = proposals.map((ofImage) => boxCount(ofImage.proposals));
    const images = counts.flatMap((count, image) => Array<number>(count).fill(image));
    const rois = concatBoxes(proposals.map((ofImage) => ofImage.proposals));
    const ofViews = views.map(({ view }, i) => ({ view, features: maps[i] }));
    const result = this.cascade.detectViews(ofViews, rois, images);
    tf.dispose([logits, boxDeltas, ...maps.flat()]);
    const classes = this.classNames.length;
    let first = 0;
    return proposals.map((ofImage, image) => {
      const refined = selectRows(result, { first, count: counts[image], classes });
      first += counts[image];
      return {
        ...ofImage,
        objectness: objectness[image],
        stages: refined.stages,
        foreground: refined.foreground,
        detections: postprocessDetections(refined, this.config.inference),
      };
    });
  }

  /** The strengths of the feature maps for one image. */
  featureMaps(features: readonly tf.Tensor4D[], regions: NetworkBoxes): FeatureMaps {
    return computeFeatureMaps(this, features, regions);
  }

  /** Frees the weights of all parts, including the backbone. */
  dispose(): void {
    for (const part of this.parts()) part.dispose();
  }

  /** One line, which notebooks and `console.log` show. */
  [inspect.custom](): string {
    return detectorText(this);
  }

  private parts() {
    return [this.backbone, this.neck, this.rpn, this.cascade];
  }
}
