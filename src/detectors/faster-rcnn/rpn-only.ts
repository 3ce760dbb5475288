/**
 * The first half of a detector as a detector of its own: the region proposal network is trained
 * alone, and its proposals are the detections. This is the first step of the four in which Faster
 * R-CNN was first trained (section 3.2), and the way to look at the network by itself.
 */
import { boxAt } from "../../boxes/box";
import { tf } from "../../tensor/tensorflow";
import type { NetworkDetection, Target } from "../../types";
import type { Detector, LossOptions, StepLosses } from "../detector";
import type { FasterRCNN } from "./faster-rcnn";
import { assignAnchors } from "./rpn/assign-anchors";
import { rpnLosses } from "./rpn/rpn-loss";
import { traceStep } from "./training-trace";

export class RpnOnly implements Detector {
  /** @param whole shares its weights with this one, and is disposed by its owner */
  constructor(readonly whole: FasterRCNN) {}

  get config() {
    return this.whole.config;
  }

  get classNames() {
    return this.whole.classNames;
  }

  /** Those of neck and region proposal network. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return { ...this.whole.neck.variables(), ...this.whole.rpn.variables() };
  }

  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return this.whole.frozenFeatures(images);
  }

  /** The objectness and box loss alone; the trace has no RoIs. */
  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    { random, withTrace = false }: LossOptions,
  ): StepLosses {
    const { anchors, config, rpn } = this.whole;
    const output = rpn.forward(this.whole.fusedFeatures(features));
    const assignments = targets.map((target) =>
      assignAnchors(anchors, target, { config: config.rpn, random }),
    );
    const { objectness, boxes, byAnchor } = rpnLosses(output, assignments, {
      config: config.rpn,
      withShares: withTrace,
    });
    const proposed = this.whole.propose(output);
    return {
      total: objectness.add(boxes),
      terms: { "RPN objectness": objectness, "RPN boxes": boxes },
      trace: withTrace
        ? traceStep({
            anchors,
            assignments,
            proposed,
            rois: null,
            shares: { byAnchor: byAnchor!, byRoi: null },
          })
        : null,
    };
  }

  /** The proposals, with their objectness as the score; every class is equally likely. */
  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][] {
    const [objectness, boxDeltas] = tf.tidy(() => {
      const output = this.whole.rpn.forward(this.whole.fusedFeatures(features));
      return [output.objectness, output.boxDeltas];
    });
    const { proposals } = this.whole.propose({
      objectness: objectness as tf.Tensor2D,
      boxDeltas: boxDeltas as tf.Tensor3D,
    });
    tf.dispose([objectness, boxDeltas]);
    const classProbabilities = this.classNames.map(() => 1 / this.classNames.length);
    return proposals.map((own) =>
      Array.from(own.proposalScores, (score, i) => ({
        box: boxAt(own.proposals, i),
        score,
        classProbabilities,
        classId: 0,
      })),
    );
  }

  dispose(): void {}
}
