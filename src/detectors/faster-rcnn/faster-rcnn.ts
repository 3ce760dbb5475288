/**
 * The detector as a composition: backbone, neck, region proposal network, proposals, cascade of
 * heads. Each part can be called by itself in a cell; this file only joins them.
 */
import { type Backbone, createBackbone, runBlocks } from "../../backbones/create-backbone";
import { anchorsPerCell, generateAnchors } from "../../boxes/anchors";
import { boxCount, concatBoxes } from "../../boxes/box";
import type { Config } from "../../config/index";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBoxes, NetworkDetection, Target } from "../../types";
import { Random } from "../../util/random";
import type { Detector, FeatureMaps, LossOptions, StepLosses } from "../detector";
import type { DetectionTrace } from "./detection-trace";
import { computeFeatureMaps } from "./feature-maps";
import { FusedNeck } from "./neck";
import { postprocessDetections } from "./postprocess-detections";
import { sampleRois } from "./roi-heads/assign-targets";
import { Cascade, type CascadeResult } from "./roi-heads/cascade";
import { assignAnchors } from "./rpn/assign-anchors";
import { type BatchProposals, proposeBatch } from "./rpn/proposals";
import { RegionProposalNetwork, type RpnOutput } from "./rpn/rpn";
import { rpnLosses } from "./rpn/rpn-loss";
import { traceStep } from "./training-trace";

/**
 * Faster R-CNN with a cascade of heads.
 * @example
 * const detector = await FasterRCNN.create(presets.default, ["ring", "solid"]);
 */
export class FasterRCNN implements Detector {
  readonly neck: FusedNeck;
  readonly rpn: RegionProposalNetwork;
  readonly cascade: Cascade;
  /** `[A, 4]` */
  readonly anchors: NetworkBoxes;
  /**
   * Pixels of the network's input from one cell to the next, of the map that neck, region proposal
   * network and heads work on.
   */
  readonly stride: number;
  /** How many blocks, counted from the stem, keep their ImageNet weights. */
  private readonly frozenBlocks: number;

  /**
   * Makes a detector with its backbone's ImageNet weights and fresh heads; the caller disposes it.
   * @throws WeightsUnavailableError when the weights are not available
   */
  static async create(config: Config, classNames: readonly string[]): Promise<FasterRCNN> {
    return new FasterRCNN(config, classNames, await createBackbone(config.backbone));
  }

  /** @param backbone belongs to the detector from now on */
  constructor(
    readonly config: Config,
    readonly classNames: readonly string[],
    readonly backbone: Backbone,
  ) {
    const random = new Random(`${config.seed}/weights`);
    const firstTrained = backbone.blocks.findIndex(
      (block) => Object.keys(block.variables).length > 0,
    );
    this.frozenBlocks = firstTrained < 0 ? backbone.blocks.length : firstTrained;
    const levels = backbone.levels.map((index) => backbone.blocks[index]);
    const stride = levels[0].stride;
    this.stride = stride;
    const { imageSize } = config.data;
    const cells = Math.ceil(imageSize / stride);
    this.anchors = generateAnchors(config.anchors, { stride, rows: cells, columns: cells });
    const inputChannels = config.neck.channels;
    this.neck = new FusedNeck(
      config.neck,
      levels.map(({ channels }) => channels),
      random,
    );
    this.rpn = new RegionProposalNetwork({
      channels: config.rpn.channels,
      inputChannels,
      anchorsPerCell: anchorsPerCell(config.anchors),
      random,
    });
    this.cascade = new Cascade({
      config: config.head,
      roi: config.roi,
      stride,
      inputChannels,
      classes: classNames.length,
      imageSize,
      random,
    });
  }

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
   * The features of the frozen levels, finest first; when later blocks are trained, also the input
   * of the first of them, at the end.
   */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => {
      const { backbone, frozenBlocks } = this;
      const input = backbone.preprocess(images);
      const wanted = backbone.levels.filter((level) => level < frozenBlocks);
      if (!frozenBlocks) return [input];
      if (frozenBlocks < backbone.blocks.length) wanted.push(frozenBlocks - 1);
      return runBlocks(backbone, input, { from: 0, to: frozenBlocks, outputs: wanted });
    });
  }

  /**
   * From frozen features to the backbone's levels, finest first, `[N, H, W, C]` each. For the
   * caller's tape or tidy.
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
   * From frozen features to the one map that all later parts work on, `[N, H, W, channels]`. For
   * the caller's tape or tidy.
   */
  fusedFeatures(features: readonly tf.Tensor4D[]): tf.Tensor4D {
    return this.neck.forward(this.levelFeatures(features));
  }

  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    { random, withTrace = false }: LossOptions,
  ): StepLosses {
    const { config, anchors } = this;
    const fused = this.fusedFeatures(features);
    const output = this.rpn.forward(fused);
    const assignments = targets.map((target) =>
      assignAnchors(anchors, target, { config: config.rpn, random }),
    );
    const rpn = rpnLosses(output, assignments, { config: config.rpn, withShares: withTrace });

    const proposed = this.propose(output);
    const sampling = { config: config.head, imageSize: config.data.imageSize, random };
    const rois = targets.map((target, i) =>
      sampleRois(proposed.proposals[i].proposals, target, sampling),
    );
    const head = this.cascade.losses(fused, rois, { withShares: withTrace });
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
            assignments,
            proposed,
            rois,
            shares: { byAnchor: rpn.byAnchor!, byRoi: head.byRoi },
          })
        : null,
    };
  }

  /** The proposals of each image of a batch, from the output of the region proposal network. */
  propose(output: RpnOutput): BatchProposals {
    const { anchors, config } = this;
    return proposeBatch(output, { anchors, config: config.rpn, imageSize: config.data.imageSize });
  }

  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][] {
    return this.traceDetections(features).map(({ detections }) => [...detections]);
  }

  /** Detects as `detectFeatures` does, and returns what every stage made of each image. */
  traceDetections(features: readonly tf.Tensor4D[]): DetectionTrace[] {
    const [fused, logits, boxDeltas] = tf.tidy(() => {
      const map = this.fusedFeatures(features);
      const output = this.rpn.forward(map);
      return [map, output.objectness, output.boxDeltas];
    });
    const { objectness, proposals } = this.propose({
      objectness: logits as tf.Tensor2D,
      boxDeltas: boxDeltas as tf.Tensor3D,
    });
    const counts = proposals.map((own) => boxCount(own.proposals));
    const images = counts.flatMap((count, image) => Array<number>(count).fill(image));
    const rois = concatBoxes(proposals.map((own) => own.proposals));
    const result = this.cascade.detect(fused as tf.Tensor4D, rois, images);
    tf.dispose([fused, logits, boxDeltas]);
    let first = 0;
    return proposals.map((own, image) => {
      const part = partOf(result, { first, count: counts[image], classes: this.classNames.length });
      first += counts[image];
      return {
        ...own,
        objectness: objectness[image],
        stages: part.stages,
        foreground: part.foreground,
        detections: postprocessDetections(part, this.config.inference),
      };
    });
  }

  featureMaps(features: readonly tf.Tensor4D[], regions: NetworkBoxes): FeatureMaps {
    return computeFeatureMaps(this, features, regions);
  }

  dispose(): void {
    this.backbone.dispose();
    this.neck.dispose();
    this.rpn.dispose();
    this.cascade.dispose();
  }
}

/** The rows of one image. */
function partOf(
  { stages, boxes, foreground, classProbabilities }: CascadeResult,
  {
    first,
    count,
    classes,
  }: { readonly first: number; readonly count: number; readonly classes: number },
): CascadeResult {
  const rows = (all: Float32Array, size: number) => all.slice(size * first, size * (first + count));
  return {
    stages: stages.map((stage) => ({
      boxes: rows(stage.boxes, 4),
      foreground: rows(stage.foreground, 1),
      classProbabilities: rows(stage.classProbabilities, classes),
    })),
    boxes: rows(boxes, 4),
    foreground: rows(foreground, 1),
    classProbabilities: rows(classProbabilities, classes),
  };
}
