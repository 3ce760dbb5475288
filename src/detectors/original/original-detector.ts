/**
 * The experiment this project re-does, with its numbers kept and its bugs fixed (the README lists
 * them): a frozen backbone's coarsest features, a region proposal network, pooled regions, a fully
 * connected head that tells two classes apart, and one mean box as the answer.
 */
import { anchorsPerCell, generateAnchors } from "../../boxes/anchors";
import { boxAt, concatBoxes, gatherBoxes } from "../../boxes/box";
import { Matcher } from "../../boxes/matcher";
import { meanBox } from "../../boxes/mean-box";
import { sampleMatches } from "../../boxes/sampler";
import type { Config } from "../../config/index";
import { Backbone, createBackbone, runBlocks } from "../../backbones/create-backbone";
import type { Detector, LossOptions, StepLosses } from "../detector";
import { BatchProposals, proposeBatch, Proposals } from "../faster-rcnn/rpn/proposals";
import { RegionProposalNetwork, RpnOutput } from "../faster-rcnn/rpn/rpn";
import { traceStep } from "../faster-rcnn/training-trace";
import { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBox, NetworkBoxes, NetworkDetection, Target } from "../../types";
import { ClassHead } from "./class-head";
import { jointLoss } from "./joint-loss";
import { extractRegions } from "./region-extraction";
import { rpnTrainingData } from "./tumor-dataset";

/** A tanh output tells two classes apart. */
export const CLASSES = 2;

export class OriginalDetector implements Detector {
  readonly rpn: RegionProposalNetwork;
  readonly head: ClassHead;
  /** `[A, 4]` pixels: 18 a cell. */
  readonly anchors: NetworkBoxes;
  readonly stride: number;

  /**
   * Makes a detector with the backbone's ImageNet weights. Throws when they cannot be had, or when
   * there are not two classes.
   */
  static async create(config: Config, classNames: readonly string[]): Promise<OriginalDetector> {
    return new OriginalDetector(config, classNames, await createBackbone(config.backbone));
  }

  /** @param backbone belongs to the detector from now on */
  constructor(
    readonly config: Config,
    readonly classNames: readonly string[],
    readonly backbone: Backbone,
  ) {
    if (classNames.length !== CLASSES) {
      throw new Error(
        `the preset 'original' tells two classes apart, not ${classNames.length}: choose another preset`,
      );
    }
    const random = new Random(`${config.seed}/weights`);
    const { stride, channels } = backbone.blocks[backbone.blocks.length - 1];
    this.stride = stride;
    const cells = Math.ceil(config.data.imageSize / stride);
    this.anchors = generateAnchors(config.anchors, { stride, rows: cells, columns: cells });
    this.rpn = new RegionProposalNetwork({
      channels: config.rpn.channels,
      inputChannels: channels,
      anchorsPerCell: anchorsPerCell(config.anchors),
      random,
    });
    this.head = new ClassHead(config.head, config.roi.outputSize ** 2 * channels, random);
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return { ...this.rpn.variables(), ...this.head.variables() };
  }

  /** The last block's features: one tensor. */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => runBlocks(this.backbone, this.backbone.preprocess(images)));
  }

  losses(
    [features]: readonly tf.Tensor4D[],
    targets: readonly Target[],
    options: LossOptions,
  ): StepLosses {
    const { random, withTrace = false } = options;
    const { config, anchors } = this;
    const output = this.rpn.forward(features);
    const assignments = targets.map((target) => {
      const data = rpnTrainingData(anchors, target, config);
      return { anchors, target, ...data, ...sampleMatches(data.assignment, config.rpn, random) };
    });
    const proposed = this.propose(output);
    const regions = targets.map((target, i) => this.labeledRegions(proposed.proposals[i], target));
    const images = regions.flatMap(({ classIds }, image) => classIds.map(() => image));
    const pooled = this.extractRegions(
      features,
      concatBoxes(regions.map(({ rois }) => rois)),
      images,
    );
    const classOutput = images.length ? this.head.forward(pooled) : null;
    const classIds = regions.flatMap((own) => own.classIds);
    const terms = jointLoss({ output, assignments, classOutput, classIds, config });
    return {
      total: tf.addN(Object.values(terms)) as tf.Scalar,
      terms,
      trace: withTrace
        ? traceStep({ anchors, assignments, proposed, rois: regions, shares: null })
        : null,
    };
  }

  detectFeatures([features]: readonly tf.Tensor4D[]): NetworkDetection[][] {
    const [objectness, boxDeltas] = tf.tidy(() => {
      const output = this.rpn.forward(features);
      return [output.objectness, output.boxDeltas];
    });
    const { proposals } = this.propose({
      objectness: objectness as tf.Tensor2D,
      boxDeltas: boxDeltas as tf.Tensor3D,
    });
    tf.dispose([objectness, boxDeltas]);
    return proposals.map(({ proposals: boxes, proposalScores }, image) => {
      const count = proposalScores.length;
      if (!count) return [];
      const outputs = tf.tidy(() =>
        this.head.forward(this.extractRegions(features, boxes, Array<number>(count).fill(image))),
      );
      const detections = Array.from(outputs.dataSync(), (output, i) =>
        toDetection(boxAt(boxes, i), proposalScores[i], output),
      );
      outputs.dispose();
      return this.config.inference.fusion === "mean-box"
        ? [meanDetection(boxes, detections)]
        : detections;
    });
  }

  dispose(): void {
    this.backbone.dispose();
    this.rpn.dispose();
    this.head.dispose();
  }

  private propose(output: RpnOutput): BatchProposals {
    const { anchors, config } = this;
    return proposeBatch(output, { anchors, config: config.rpn, imageSize: config.data.imageSize });
  }

  private extractRegions(
    features: tf.Tensor4D,
    regions: NetworkBoxes,
    images: readonly number[],
  ): tf.Tensor2D {
    const { outputSize } = this.config.roi;
    return extractRegions(features, regions, { images, stride: this.stride, outputSize });
  }

  /**
   * The regions that the class head learns from: proposals that found a box, with the class of this
   * box, and the ground-truth boxes themselves, so that there is always one.
   */
  private labeledRegions({ proposals }: Proposals, target: Target) {
    const { positiveIou } = this.config.rpn;
    const candidates = concatBoxes([target.boxes, proposals]);
    const matcher = new Matcher({ positiveIou, negativeIou: positiveIou });
    const { assignment, iou } = matcher.match(candidates, target.boxes);
    const found = Array.from(assignment.keys()).filter((i) => assignment[i] >= 0);
    return {
      rois: gatherBoxes(candidates, found),
      classIds: found.map((i) => target.classIds[assignment[i]]),
      assignment: Int32Array.from(found, (i) => assignment[i]),
      iou: Float32Array.from(found, (i) => iou[i]),
    };
  }
}

function toDetection(box: NetworkBox, score: number, output: number): NetworkDetection {
  const second = (1 + output) / 2;
  return { box, score, classProbabilities: [1 - second, second], classId: output > 0 ? 1 : 0 };
}

/** The original's one answer: the mean of all boxes, and the class that most of them have. */
function meanDetection(
  boxes: NetworkBoxes,
  detections: readonly NetworkDetection[],
): NetworkDetection {
  const mean = (value: (detection: NetworkDetection) => number) =>
    detections.reduce((sum, detection) => sum + value(detection), 0) / detections.length;
  const votes = mean(({ classId }) => classId);
  return {
    box: meanBox(boxes),
    score: mean(({ score }) => score),
    classProbabilities: [1 - votes, votes],
    classId: votes > 0.5 ? 1 : 0,
  };
}
