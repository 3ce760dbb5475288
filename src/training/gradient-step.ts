/**
 * One step of gradient descent: losses, gradients, optimizer. A step whose loss or gradient is not
 * finite changes no weights.
 */
import type { Detector } from "../detectors/detector";
import type { StepTrace } from "../detectors/faster-rcnn/training-trace";
import { markConstant } from "../tensor/differentiable";
import { tf } from "../tensor/tensorflow";
import type { Target } from "../types";
import type { Random } from "../util/random";
import { type AdamOptimizer, globalNorm } from "./optimizer";
import { learningRateFactor } from "./schedule";

/** A batch: the input of the trained part of a detector, and its targets. */
export interface StepBatch {
  /** As `Detector.frozenFeatures` gives them; the caller disposes them. */
  readonly features: readonly tf.Tensor4D[];
  readonly targets: readonly Target[];
  readonly images: readonly { readonly sample: { readonly record: { readonly id: string } } }[];
}

/** The position of a step in a training run. */
export interface StepPosition {
  /** Number of finished epochs. */
  readonly epoch: number;
  /** Number of finished steps of the current epoch. */
  readonly stepOfEpoch: number;
  readonly stepsPerEpoch: number;
  /** Number of epochs of the whole run. */
  readonly epochs: number;
}

export interface StepResult {
  /** Weighted terms by name, and their sum `total`. */
  readonly losses: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The norm of the gradient of each variable; empty unless `withTrace` is set. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** What each stage made of the batch; null unless `withTrace` is set. */
  readonly trace: StepTrace | null;
}

export interface StepOptions {
  /** Moves the weights; null computes losses and gradients without changing anything. */
  readonly optimizer: AdamOptimizer | null;
  readonly position: StepPosition;
  /** Draws the sampled anchors and RoIs. */
  readonly random: Random;
  /** Also returns the trace of the step and the norm of each gradient. Costs time. */
  readonly withTrace?: boolean;
}

/**
 * Moves the variables of a detector once.
 * @throws when the loss or its gradient is not finite; the weights then stay as they were. The
 * message names the step, the terms of the loss and the images
 */
export function gradientStep(
  detector: Detector,
  batch: StepBatch,
  { optimizer, position, random, withTrace = false }: StepOptions,
): StepResult {
  const { training } = detector.config;
  const variables = detector.variables();
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const losses: Record<string, number> = {};
  let trace: StepTrace | null = null;
  markConstant(batch.features);
  const { value, grads } = tf.variableGrads(() => {
    const step = detector.losses(batch.features, batch.targets, { random, withTrace });
    for (const [term, loss] of Object.entries(step.terms)) losses[term] = loss.dataSync()[0];
    trace = step.trace;
    return step.total;
  }, Object.values(variables));
  losses.total = value.dataSync()[0];
  const gradients = Object.fromEntries(
    Object.entries(grads).map(([name, gradient]) => [names.get(name)!, gradient]),
  );
  try {
    const gradientNorms: Record<string, number> = {};
    if (withTrace)
      for (const [name, gradient] of Object.entries(gradients))
        gradientNorms[name] = globalNorm([gradient]);
    const { epoch, stepOfEpoch, stepsPerEpoch, epochs } = position;
    const step = epoch * stepsPerEpoch + stepOfEpoch;
    const factor = learningRateFactor(training.schedule, { step, stepsPerEpoch, epochs });
    const rateOf = (name: string) =>
      factor *
      (name.startsWith("backbone/") ? training.backboneLearningRate : training.learningRate);
    const gradientNorm =
      optimizer && Number.isFinite(losses.total)
        ? optimizer.apply(variables, gradients, rateOf)
        : globalNorm(Object.values(gradients));
    if (!Number.isFinite(losses.total) || !Number.isFinite(gradientNorm))
      throw notFinite({ losses, gradientNorm, position, batch });
    return {
      losses,
      learningRate: factor * training.learningRate,
      gradientNorm,
      gradientNorms,
      trace,
    };
  } finally {
    tf.dispose([value, gradients]);
  }
}

/**
 * Checks that all weights are finite. The loss does not always show it: some operations, such as
 * the ReLU of oneDNN, take NaN for 0.
 * @throws when a weight is not finite; the message names it
 */
export function requireFiniteWeights(variables: Readonly<Record<string, tf.Variable>>): void {
  for (const [name, variable] of Object.entries(variables)) {
    if (!Number.isFinite(globalNorm([variable])))
      throw new Error(
        `weight '${name}' holds numbers that are not finite, so that the weights were not saved: go on from the last checkpoint, with a lower learning rate`,
      );
  }
}

interface FailedStep extends Pick<StepResult, "losses" | "gradientNorm"> {
  readonly position: StepPosition;
  readonly batch: StepBatch;
}

function notFinite({ losses, gradientNorm, position, batch }: FailedStep): Error {
  const { epoch, stepOfEpoch, stepsPerEpoch } = position;
  const terms = Object.entries(losses).map(([term, loss]) => `${term} ${loss}`);
  return new Error(
    `the loss or its gradient is not finite in epoch ${epoch + 1}, step ${stepOfEpoch + 1} of ${stepsPerEpoch} (${terms.join(", ")}; gradient norm ${gradientNorm}) ` +
      `on ${batch.images.map(({ sample }) => sample.record.id).join(", ")}. The weights are those of the step before: lower the learning rate, or look at these images.`,
  );
}
