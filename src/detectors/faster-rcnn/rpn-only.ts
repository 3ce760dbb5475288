/**
 * The region proposal network as a detector by itself: only neck and region proposal network are
 * trained, and the proposals are the detections. This is step 1 of the 4-step training of Faster
 * R-CNN (section 3.2).
 */
import { inspect } from "util";
import { boxAt } from "../../boxes/box";
import { requireUsable } from "../../config/check";
import { tf } from "../../tensor/tensorflow";
import type { NetworkDetection, Target } from "../../types";
import { configRules } from "../config-rules";
import type { Detector, LossOptions, StepLosses } from "../detector";
import { detectorText } from "../detector-text";
import { CASCADE_RULES } from "./constraints";
import type { FasterRCNN } from "./faster-rcnn";
import { assignAnchors } from "./rpn/assign-anchors";
import { detectionRpn } from "./rpn/proposals";
import { rpnLosses } from "./rpn/rpn-loss";
import { traceStep } from "./training-trace";

/**
 * A detector that consists of the first half of another one. Both share their weights.
 * @example
 * const detector = await FasterRCNN.create(presets.default, dataset.classNames);
 * const proposalsOnly = new RpnOnly(detector);
 */
export class RpnOnly implements Detector {
  /**
   * @param detector must be disposed by its owner
   * @throws one error that lists every problem of the detector's configuration
   */
  constructor(readonly detector: FasterRCNN) {
    requireUsable(detector.config, "RpnOnly", configRules([CASCADE_RULES]));
  }

  /** The configuration of the other detector. */
  get config() {
    return this.detector.config;
  }

  /** The class names of the other detector. */
  get classNames() {
    return this.detector.classNames;
  }

  /** The trained variables of neck and region proposal network. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return { ...this.detector.neck.variables(), ...this.detector.rpn.variables() };
  }

  /** Runs the frozen blocks of the other detector's backbone. */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return this.detector.frozenFeatures(images);
  }

  /** Computes the two losses of the region proposal network. The trace has no RoIs. */
  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    { random, withTrace = false }: LossOptions,
  ): StepLosses {
    const { anchors, config, rpn } = this.detector;
    const output = rpn.forwardLevels(this.detector.neckFeatures(features));
    const assignments = targets.map((target) =>
      assignAnchors(anchors, target, { config: config.rpn, random }),
    );
    const { objectness, boxes, byAnchor } = rpnLosses(output, assignments, {
      config: config.rpn,
      withShares: withTrace,
    });
    const proposed = this.detector.propose(output);
    return {
      total: objectness.add(boxes),
      terms: { "RPN objectness": objectness, "RPN boxes": boxes },
      trace: withTrace
        ? traceStep({
            anchors,
            grids: this.detector.anchorGrids,
            assignments,
            proposed,
            rois: null,
            shares: { byAnchor: byAnchor!, byRoi: null },
          })
        : null,
    };
  }

  /** Returns the proposals. Their score is the objectness; all classes are equally probable. */
  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][] {
    const [objectness, boxDeltas] = tf.tidy(() => {
      const output = this.detector.rpn.forwardLevels(this.detector.neckFeatures(features));
      return [output.objectness, output.boxDeltas];
    });
    const output = {
      objectness: objectness as tf.Tensor2D,
      boxDeltas: boxDeltas as tf.Tensor3D,
    };
    const { proposals } = this.detector.propose(output, detectionRpn(this.config));
    tf.dispose([objectness, boxDeltas]);
    const classProbabilities = this.classNames.map(() => 1 / this.classNames.length);
    return proposals.map(({ proposals: boxes, proposalScores }) =>
      Array.from(proposalScores, (score, i) => ({
        box: boxAt(boxes, i),
        score,
        classProbabilities,
        classId: 0,
      })),
    );
  }

  /** Does nothing: the weights belong to the other detector. */
  dispose(): void {}

  /** One line, which notebooks and `console.log` show. */
  [inspect.custom](): string {
    return detectorText(this);
  }
}
