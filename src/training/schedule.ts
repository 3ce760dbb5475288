/** The schedules of the learning rate. */
import type { TrainingConfig } from "../config/index";

/** The place of a step in a training run. */
export interface ScheduledStep {
  /** Counts from 0 over the whole run. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Number of epochs of the whole run. */
  readonly epochs: number;
}

/**
 * The factor by which the configured learning rates are multiplied at a step. The schedule `cosine`
 * rises linearly over the warm-up, then falls along half a cosine to 0 (Loshchilov and Hutter 2017,
 * equation 5, without restarts). The schedule `step` multiplies by its factor after every so many
 * epochs.
 */
export function learningRateFactor(
  schedule: TrainingConfig["schedule"],
  { step, stepsPerEpoch, epochs }: ScheduledStep,
): number {
  if (schedule.kind === "step")
    return schedule.factor ** Math.floor(step / stepsPerEpoch / schedule.epochs);
  const total = stepsPerEpoch * epochs;
  const warmup = Math.min(schedule.warmupSteps, total);
  if (step < warmup) return (step + 1) / warmup;
  return 0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, total - warmup)));
}
