/**
 * The detector as a composition: backbone -> neck -> region proposal network -> proposals -> cascade of heads.
 * Each part can be called by itself in a cell; this file only joins them.
 */
import { generateAnchors, anchorsPerCell } from "../../boxes/anchors";
import type { Config } from "../../config/index";
import { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import type { BoxArray, Detection, Truth } from "../../types";
import { Backbone, createBackbone, runBlocks } from "../../backbones/create-backbone";
import { Cascade } from "./roi-heads/cascade";
import type { DetectionTrace } from "./detection-trace";
import type { Detector, StepLosses } from "../detector";
import { keepDetections } from "./postprocess-detections";
import { FusedNeck } from "./neck";
import { BatchProposals, proposeBatch } from "./rpn/proposals";
import { RegionProposalNetwork, RpnOutput } from "./rpn/rpn";
import { concatBoxes, rpnLosses, rpnTargets } from "./rpn/rpn-loss";
import { traceStep } from "./training-trace";
import { sampleRois } from "./roi-heads/assign-targets";

export class FasterRCNN implements Detector {
  readonly neck: FusedNeck;
  readonly rpn: RegionProposalNetwork;
  readonly cascade: Cascade;
  /** `[A, 4]` pixels. */
  readonly anchors: BoxArray;
  /** Of the map that neck, region proposal network and heads work on. */
  readonly stride: number;
  /** How many blocks, from the stem on, keep their ImageNet weights. */
  private readonly frozenBlocks: number;

  /** Makes a detector with the backbone's ImageNet weights and fresh heads. Throws when the weights cannot be had. */
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
    const firstTrained = backbone.blocks.findIndex((block) => Object.keys(block.variables).length > 0);
    this.frozenBlocks = firstTrained < 0 ? backbone.blocks.length : firstTrained;
    const levels = backbone.levels.map((index) => backbone.blocks[index]);
    this.stride = levels[0].stride;
    this.neck = new FusedNeck(config.neck, levels.map(({ channels }) => channels), random); // prettier-ignore
    const cells = Math.ceil(config.data.imageSize / this.stride);
    this.anchors = generateAnchors(config.anchors, this.stride, cells, cells);
    const { channels } = config.neck;
    this.rpn = new RegionProposalNetwork(config.rpn, channels, anchorsPerCell(config.anchors), random);
    const { imageSize } = config.data;
    this.cascade = new Cascade(config.head, config.roi, this.stride, channels, classNames.length, imageSize, random);
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    const variables: Record<string, tf.Variable> = {};
    for (const block of this.backbone.blocks) Object.assign(variables, block.variables);
    return Object.assign(variables, this.neck.variables(), this.rpn.variables(), this.cascade.variables());
  }

  /** The frozen levels' features, finest first; where later blocks are trained, also what the first of them starts from, at the end. */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => {
      const { backbone, frozenBlocks } = this;
      const input = backbone.preprocess(images);
      const wanted = backbone.levels.filter((level) => level < frozenBlocks);
      if (!frozenBlocks) return [input];
      if (frozenBlocks < backbone.blocks.length) wanted.push(frozenBlocks - 1);
      return runBlocks(backbone, input, 0, frozenBlocks, wanted);
    });
  }

  /** Frozen features -> the backbone's levels, finest first, `[N, H, W, C]` each. For the caller's tape or tidy. */
  levelFeatures(features: readonly tf.Tensor4D[]): readonly tf.Tensor4D[] {
    const { backbone, frozenBlocks } = this;
    const { length } = backbone.blocks;
    if (frozenBlocks === length) return features;
    const start = features[features.length - 1];
    return [...features.slice(0, -1), ...runBlocks(backbone, start, frozenBlocks, length, backbone.levels)];
  }

  /** Frozen features -> the one map everything after works on, `[N, H, W, channels]`. For the caller's tape or tidy. */
  fusedFeatures(features: readonly tf.Tensor4D[]): tf.Tensor4D {
    return this.neck.forward(this.levelFeatures(features));
  }

  losses(features: readonly tf.Tensor4D[], truths: readonly Truth[], random: Random): StepLosses {
    const { config, anchors } = this;
    const fused = this.fusedFeatures(features);
    const output = this.rpn.forward(fused);
    const targets = truths.map((truth) => rpnTargets(anchors, truth, config.rpn, random));
    const rpn = rpnLosses(output, targets, config.rpn);

    const proposed = this.propose(output);
    const rois = truths.map((truth, i) =>
      sampleRois(proposed.proposals[i].proposals, truth, config.head, config.data.imageSize, random),
    );
    const head = this.cascade.losses(fused, rois);
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
      trace: traceStep(anchors, targets, proposed, rois, { byAnchor: rpn.byAnchor, byRoi: head.byRoi }),
    };
  }

  /** The proposals of each image of a batch, from the region proposal network's output. */
  propose(output: RpnOutput): BatchProposals {
    return proposeBatch(output, this.anchors, this.config.rpn, this.config.data.imageSize);
  }

  detectFeatures(features: readonly tf.Tensor4D[]): Detection[][] {
    return this.traceDetections(features).map(({ detections }) => [...detections]);
  }

  /** Detects as `detectFeatures` does, and tells for each image what every stage made of it. */
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
    const counts = proposals.map((own) => own.proposals.length / 4);
    const images = counts.flatMap((count, image) => Array<number>(count).fill(image));
    const rois = concatBoxes(proposals.map((own) => own.proposals));
    const result = this.cascade.detect(fused as tf.Tensor4D, rois, images);
    tf.dispose([fused, logits, boxDeltas]);
    let next = 0;
    return proposals.map((own, image) => {
      const first = next;
      next += counts[image];
      const rows = Array.from({ length: counts[image] }, (_, row) => first + row);
      return {
        ...own,
        objectness: objectness[image],
        stages: result.stages.map((stage) => ({
          boxes: stage.boxes.slice(4 * first, 4 * next),
          foreground: stage.foreground.slice(first, next),
          classProbabilities: stage.classProbabilities.slice(
            first * this.classNames.length,
            next * this.classNames.length,
          ),
        })),
        foreground: result.foreground.slice(first, next),
        detections: keepDetections(result, rows, this.config.inference, this.classNames.length),
      };
    });
  }

  dispose(): void {
    this.backbone.dispose();
    this.neck.dispose();
    this.rpn.dispose();
    this.cascade.dispose();
  }
}
