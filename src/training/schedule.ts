/** The learning rate of each step. */
import type { TrainingConfig } from "../config/index";

/**
 * The factor on the configured learning rates at a step. `cosine` rises linearly over the warm-up,
 * then falls along half a cosine to 0 (Loshchilov & Hutter 2017, equation 5, without restarts);
 * `step` multiplies by a factor after every so many epochs.
 * @param step counted from 0 over the whole run
 */
export function learningRateFactor(
  schedule: TrainingConfig["schedule"],
  step: number,
  stepsPerEpoch: number,
  epochs: number,
): number {
  if (schedule.kind === "step")
    return schedule.factor ** Math.floor(step / stepsPerEpoch / schedule.epochs);
  const total = stepsPerEpoch * epochs;
  const warmup = Math.min(schedule.warmupSteps, total);
  if (step < warmup) return (step + 1) / warmup;
  return 0.5 * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, total - warmup)));
}
