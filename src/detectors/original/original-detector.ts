/**
 * The experiment this project re-does, with its numbers kept and its bugs fixed (the README lists them): a frozen backbone's
 * coarsest features, a region proposal network, pooled regions, a fully connected head that tells two classes apart, and one mean box as the answer.
 */
import { anchorsPerCell, generateAnchors } from "../../boxes/anchors";
import { gatherBoxes } from "../../boxes/box";
import { matchBoxes } from "../../boxes/matcher";
import { meanBox } from "../../boxes/nms";
import { sampleMatches } from "../../boxes/sampler";
import type { Config } from "../../config/index";
import { Backbone, createBackbone, runBlocks } from "../../backbones/create-backbone";
import type { Detector, StepLosses } from "../detector";
import { BatchProposals, proposeBatch, Proposals } from "../faster-rcnn/rpn/proposals";
import { RegionProposalNetwork, RpnOutput } from "../faster-rcnn/rpn/rpn";
import { concatBoxes } from "../faster-rcnn/rpn/rpn-loss";
import { traceStep } from "../faster-rcnn/training-trace";
import { Random } from "../../util/random";
import { tf } from "../../tensor/tensorflow";
import type { BoxArray, Detection, Truth } from "../../types";
import { ClassHead } from "./class-head";
import { jointLoss } from "./joint-loss";
import { extractRegions } from "./region-extraction";
import { rpnTrainingData } from "./tumor-dataset";

/** What one tanh can tell apart. */
const CLASSES = 2;

export class OriginalDetector implements Detector {
  readonly rpn: RegionProposalNetwork;
  readonly head: ClassHead;
  /** `[A, 4]` pixels: 18 a cell. */
  readonly anchors: BoxArray;
  readonly stride: number;

  /** Makes a detector with the backbone's ImageNet weights. Throws when they cannot be had, or when there are not two classes. */
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
      throw new Error(`the preset 'seed' tells two classes apart, not ${classNames.length}: choose another preset`);
    }
    const random = new Random(`${config.seed}/weights`);
    const { stride, channels } = backbone.blocks[backbone.blocks.length - 1];
    this.stride = stride;
    const cells = Math.ceil(config.data.imageSize / stride);
    this.anchors = generateAnchors(config.anchors, stride, cells, cells);
    this.rpn = new RegionProposalNetwork(config.rpn, channels, anchorsPerCell(config.anchors), random);
    this.head = new ClassHead(config.head, config.roi.outputSize ** 2 * channels, random);
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return { ...this.rpn.variables(), ...this.head.variables() };
  }

  /** The last block's features: one tensor. */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => runBlocks(this.backbone, this.backbone.preprocess(images), 0, this.backbone.blocks.length));
  }

  losses([features]: readonly tf.Tensor4D[], truths: readonly Truth[], random: Random): StepLosses {
    const { config, anchors } = this;
    const output = this.rpn.forward(features);
    const targets = truths.map((truth) => {
      const data = rpnTrainingData(anchors, truth, config);
      return { anchors, truth, ...data, ...sampleMatches(data.assignment, config.rpn, random) };
    });
    const proposed = this.propose(output);
    const regions = truths.map((truth, i) => this.labelledRegions(proposed.proposals[i], truth));
    const images = regions.flatMap(({ classIds }, image) => classIds.map(() => image));
    const pooled = extractRegions(
      features,
      concatBoxes(regions.map(({ rois }) => rois)),
      images,
      this.stride,
      config.roi,
    );
    const classOutput = images.length ? this.head.forward(pooled) : null;
    const terms = jointLoss(output, targets, classOutput, regions.flatMap(({ classIds }) => classIds), config); // prettier-ignore
    return {
      total: tf.addN(Object.values(terms)) as tf.Scalar,
      terms,
      trace: traceStep(anchors, targets, proposed, regions),
    };
  }

  detectFeatures([features]: readonly tf.Tensor4D[]): Detection[][] {
    const [objectness, boxDeltas] = tf.tidy(() => {
      const output = this.rpn.forward(features);
      return [output.objectness, output.boxDeltas];
    });
    const { proposals } = this.propose({ objectness: objectness as tf.Tensor2D, boxDeltas: boxDeltas as tf.Tensor3D });
    tf.dispose([objectness, boxDeltas]);
    return proposals.map(({ proposals: boxes, proposalScores }, image) => {
      const count = proposalScores.length;
      if (!count) return [];
      const outputs = tf.tidy(() => {
        const images = Array<number>(count).fill(image);
        return this.head.forward(extractRegions(features, boxes, images, this.stride, this.config.roi));
      });
      const detections = Array.from(outputs.dataSync(), (output, i) =>
        toDetection(boxes, i, proposalScores[i], output),
      );
      outputs.dispose();
      return this.config.inference.fusion === "mean-box" ? [meanDetection(boxes, detections)] : detections;
    });
  }

  dispose(): void {
    this.backbone.dispose();
    this.rpn.dispose();
    this.head.dispose();
  }

  private propose(output: RpnOutput): BatchProposals {
    return proposeBatch(output, this.anchors, this.config.rpn, this.config.data.imageSize);
  }

  /**
   * The regions the class head learns from: proposals that found a box, with that box's class, and the truth boxes themselves, so that there is always one.
   */
  private labelledRegions({ proposals }: Proposals, truth: Truth) {
    const { positiveIou } = this.config.rpn;
    const candidates = concatBoxes([truth.boxes, proposals]);
    const rule = { positiveIou, negativeIou: positiveIou, forceBest: false };
    const { assignment, iou } = matchBoxes(candidates, truth.boxes, rule);
    const found = Array.from(assignment.keys()).filter((i) => assignment[i] >= 0);
    return {
      rois: gatherBoxes(candidates, found),
      classIds: found.map((i) => truth.classIds[assignment[i]]),
      assignment: Int32Array.from(found, (i) => assignment[i]),
      iou: Float32Array.from(found, (i) => iou[i]),
    };
  }
}

function toDetection(boxes: BoxArray, i: number, score: number, output: number): Detection {
  const second = (1 + output) / 2;
  const box = [boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]] as const;
  return { box, score, classProbabilities: [1 - second, second], classId: output > 0 ? 1 : 0 };
}

/** The original's one answer: the mean of all boxes, and the class most of them have. */
function meanDetection(boxes: BoxArray, detections: readonly Detection[]): Detection {
  const mean = (value: (detection: Detection) => number) =>
    detections.reduce((sum, detection) => sum + value(detection), 0) / detections.length;
  const votes = mean(({ classId }) => classId);
  return {
    box: meanBox(boxes),
    score: mean(({ score }) => score),
    classProbabilities: [1 - votes, votes],
    classId: votes > 0.5 ? 1 : 0,
  };
}
