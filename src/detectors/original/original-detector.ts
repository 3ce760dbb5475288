/**
 * The detector of the original experiment, with its settings and without its bugs
 * (`docs/original-experiment.md` lists them). It has the stages of Faster R-CNN (section 3): the
 * coarsest features of a frozen backbone, a region proposal network, pooled regions, and a fully
 * connected head. The head classifies into two classes, and the answer is one mean box per image.
 */
import { inspect } from "util";
import { anchorGrids, generateLevelAnchors } from "../../boxes/anchor-levels";
import { type AnchorGrid, anchorsPerCell } from "../../boxes/anchors";
import { boxAt, concatBoxes, gatherBoxes } from "../../boxes/box";
import { Matcher } from "../../boxes/matcher";
import { meanBox } from "../../boxes/mean-box";
import { requireUsable } from "../../config/check";
import type { Config } from "../../config/index";
import { Backbone, createBackbone, runBlocks } from "../../backbones/create-backbone";
import type { CreateOptions, Detector, LossOptions, StepLosses } from "../detector";
import { detectorText } from "../detector-text";
import { configRules } from "../config-rules";
import { assignAnchors } from "../faster-rcnn/rpn/assign-anchors";
import { BatchProposals, proposeBatch, Proposals } from "../faster-rcnn/rpn/proposals";
import { RegionProposalNetwork, RpnOutput } from "../faster-rcnn/rpn/rpn";
import { traceStep } from "../faster-rcnn/training-trace";
import { Random } from "../../util/random";
import { markReplaceable } from "../../util/running-cell";
import { tf } from "../../tensor/tensorflow";
import type { NetworkBox, NetworkBoxes, NetworkDetection, Target } from "../../types";
import { ClassHead } from "./class-head";
import { ORIGINAL_RULES } from "./constraints";
import { jointLoss } from "./joint-loss";
import { extractRegions } from "./region-extraction";

/** The number of classes. The sign of one tanh output can represent two. */
export const CLASSES = 2;

/**
 * The detector of the original experiment.
 * @example
 * const detector = await OriginalDetector.create(presets.original, ["ring", "solid"]);
 */
export class OriginalDetector implements Detector {
  /** Predicts objectness and deltas for the anchors. */
  readonly rpn: RegionProposalNetwork;
  /** Classifies the proposals. */
  readonly head: ClassHead;
  /** `[A, 4]`, 18 per cell. */
  readonly anchors: NetworkBoxes;
  /** The only map with anchors. */
  readonly anchorGrids: readonly AnchorGrid[];
  /** Pixels of the network's input from one cell of the features to the next. */
  readonly stride: number;

  /**
   * Creates a detector with ImageNet weights in its backbone and random weights elsewhere. The
   * caller disposes it.
   * @throws one error that lists every problem of the configuration
   * @throws when there are not two classes
   * @throws WeightsUnavailableError when the backbone's weights are not available
   */
  static async create(
    config: Config,
    classNames: readonly string[],
    options?: CreateOptions,
  ): Promise<OriginalDetector> {
    requireUsable(config, "OriginalDetector.create", configRules([ORIGINAL_RULES]));
    requireTwoClasses(classNames);
    const backbone = await createBackbone(config.backbone);
    return new OriginalDetector(config, classNames, backbone, options);
  }

  /**
   * Creates a detector with any backbone. The configuration is not checked.
   * @param backbone belongs to the detector, which disposes it
   * @throws when there are not two classes
   */
  constructor(
    readonly config: Config,
    readonly classNames: readonly string[],
    readonly backbone: Backbone,
    { random = new Random(`${config.seed}/weights`) }: CreateOptions = {},
  ) {
    requireTwoClasses(classNames);
    const { stride, channels } = backbone.blocks[backbone.blocks.length - 1];
    this.stride = stride;
    this.anchorGrids = anchorGrids([stride], config.data.imageSize);
    this.anchors = generateLevelAnchors(config.anchors, this.anchorGrids);
    this.rpn = new RegionProposalNetwork({
      channels: config.rpn.channels,
      inputChannels: channels,
      anchorsPerCell: anchorsPerCell(config.anchors),
      random,
    });
    this.head = new ClassHead(config.head, config.roi.outputSize ** 2 * channels, random);
    markReplaceable(this);
  }

  /** The trained variables of region proposal network and head, by name. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return { ...this.rpn.variables(), ...this.head.variables() };
  }

  /** Runs the backbone. Returns one tensor, the output of the last block. */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => runBlocks(this.backbone, this.backbone.preprocess(images)));
  }

  /** Computes the joint loss of both stages. The trace has no shares of the loss. */
  losses(
    [features]: readonly tf.Tensor4D[],
    targets: readonly Target[],
    { random, withTrace = false }: LossOptions,
  ): StepLosses {
    const { config, anchors } = this;
    const output = this.rpn.forward(features);
    const assignments = targets.map((target) =>
      assignAnchors(anchors, target, { config: config.rpn, random }),
    );
    const proposed = this.propose(output);
    const regions = targets.map((target, i) => this.labeledRegions(proposed.proposals[i], target));
    const images = regions.flatMap(({ classIds }, image) => classIds.map(() => image));
    const pooled = this.extractRegions(
      features,
      concatBoxes(regions.map(({ rois }) => rois)),
      images,
    );
    const classOutput = images.length ? this.head.forward(pooled) : null;
    const classIds = regions.flatMap((ofImage) => ofImage.classIds);
    const terms = jointLoss({ output, assignments, classOutput, classIds, config });
    return {
      total: tf.addN(Object.values(terms)) as tf.Scalar,
      terms,
      trace: withTrace
        ? traceStep({
            anchors,
            grids: this.anchorGrids,
            assignments,
            proposed,
            rois: regions,
            shares: null,
          })
        : null,
    };
  }

  /**
   * Detects objects.
   * @returns one mean box for each image with proposals; with another `inference.fusion`, all
   * proposals
   */
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

  /** Frees the weights of all parts, including the backbone. */
  dispose(): void {
    for (const part of this.parts()) part.dispose();
  }

  /** One line, which notebooks and `console.log` show. */
  [inspect.custom](): string {
    return detectorText(this);
  }

  private parts() {
    return [this.backbone, this.rpn, this.head];
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
   * The regions with which the class head is trained: the proposals that match a ground-truth box,
   * and the ground-truth boxes themselves. With the latter, every image with a box has a region.
   */
  private labeledRegions({ proposals }: Proposals, target: Target) {
    const { positiveIou } = this.config.rpn;
    const candidates = concatBoxes([target.boxes, proposals]);
    const matcher = new Matcher({ positiveIou, negativeIou: positiveIou });
    const { assignment, iou } = matcher.match(candidates, target.boxes);
    const matched = Array.from(assignment.keys()).filter((i) => assignment[i] >= 0);
    return {
      rois: gatherBoxes(candidates, matched),
      classIds: matched.map((i) => target.classIds[assignment[i]]),
      assignment: Int32Array.from(matched, (i) => assignment[i]),
      iou: Float32Array.from(matched, (i) => iou[i]),
    };
  }
}

function requireTwoClasses(classNames: readonly string[]): void {
  if (classNames.length === CLASSES) return;
  throw new Error(
    `the preset 'original' needs ${CLASSES} classes, and there are ${classNames.length}: choose another preset`,
  );
}

/**
 * @param output of tanh, in (-1, 1). (1 + output) / 2 is used as the probability of the second
 * class.
 */
function toDetection(box: NetworkBox, score: number, output: number): NetworkDetection {
  const second = (1 + output) / 2;
  return { box, score, classProbabilities: [1 - second, second], classId: output > 0 ? 1 : 0 };
}

/** The answer of the original experiment: the mean of all boxes, with the most frequent class. */
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
