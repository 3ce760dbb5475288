/**
 * One step of gradient descent: losses, gradients, the optimizer. What was not finite leaves the
 * weights as they were.
 */
import type { Detector } from "../detectors/detector";
import type { StepTrace } from "../detectors/faster-rcnn/training-trace";
import { Random } from "../util/random";
import { tf } from "../tensor/tensorflow";
import type { Target } from "../types";
import { learningRateFactor } from "./schedule";
import { AdamOptimizer, globalNorm } from "./optimizer";

/** A batch as the trained part of a detector starts from it. */
export interface StepBatch {
  /** As `Detector.frozenFeatures` gives them; the caller disposes them. */
  readonly features: readonly tf.Tensor4D[];
  readonly targets: readonly Target[];
  readonly images: readonly { readonly sample: { readonly record: { readonly id: string } } }[];
}

/** Where in a training run the step stands. */
export interface StepPlace {
  /** Epochs done, and steps done of the one under way. */
  readonly epoch: number;
  readonly stepOfEpoch: number;
  readonly stepsPerEpoch: number;
  /** Epochs in all. */
  readonly epochs: number;
}

export interface StepResult {
  /** Weighted terms by name, and their sum `total`. */
  readonly losses: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The norm of each variable's gradient; empty when it was not asked for. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** What the step saw; null when it was not asked for. */
  readonly trace: StepTrace | null;
}

export interface StepOptions {
  readonly optimizer: AdamOptimizer;
  readonly place: StepPlace;
  /** Draws the sampled anchors and RoIs. */
  readonly random: Random;
  /** Also returns the trace of the step and the norm of each variable's gradient. Costs time. */
  readonly withTrace?: boolean;
}

/**
 * Moves the detector's variables once. Throws, naming the step, the terms and the images, when the
 * loss or its gradient is not finite; the weights are then those of the step before.
 */
export function gradientStep(
  detector: Detector,
  batch: StepBatch,
  { optimizer, place, random, withTrace = false }: StepOptions,
): StepResult {
  const { training } = detector.config;
  const variables = detector.variables();
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]));
  const losses: Record<string, number> = {};
  let trace: StepTrace | null = null;
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
    const globalStep = place.epoch * place.stepsPerEpoch + place.stepOfEpoch;
    const factor = learningRateFactor(
      training.schedule,
      globalStep,
      place.stepsPerEpoch,
      place.epochs,
    );
    const rateOf = (name: string) =>
      factor *
      (name.startsWith("backbone/") ? training.backboneLearningRate : training.learningRate);
    if (!Number.isFinite(losses.total))
      throw notFinite(losses, globalNorm(Object.values(gradients)), place, batch);
    const gradientNorm = optimizer.apply(variables, gradients, rateOf);
    if (!Number.isFinite(gradientNorm)) throw notFinite(losses, gradientNorm, place, batch);
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
 * Throws, naming one, when a weight is not finite: operations such as oneDNN's ReLU take NaN for
 * 0, so that a loss need not show it.
 */
export function requireFiniteWeights(variables: Readonly<Record<string, tf.Variable>>): void {
  for (const [name, variable] of Object.entries(variables)) {
    if (!Number.isFinite(globalNorm([variable])))
      throw new Error(
        `weight '${name}' holds numbers that are not finite, so that nothing of it was kept. Go on from the last checkpoint, with a lower learning rate`,
      );
  }
}

function notFinite(
  losses: Readonly<Record<string, number>>,
  gradientNorm: number,
  { epoch, stepOfEpoch, stepsPerEpoch }: StepPlace,
  { images }: StepBatch,
): Error {
  const terms = Object.entries(losses).map(([term, loss]) => `${term} ${loss}`);
  return new Error(
    `the loss or its gradient is not finite in epoch ${epoch + 1}, step ${stepOfEpoch + 1} of ${stepsPerEpoch} (${terms.join(", ")}; gradient norm ${gradientNorm}) ` +
      `on ${images.map(({ sample }) => sample.record.id).join(", ")}. The weights are those of the step before: lower the learning rate, or look at these images.`,
  );
}
